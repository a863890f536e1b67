import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseDotenv } from "../../runtime/model/compose/dotenv.ts";
import { compileDockerignore, parseDockerignore } from "../../runtime/model/dockerfile/dockerignore.ts";
import { hadolintPlaces, readHadolintConfig } from "../../runtime/model/lint/hadolint-config.ts";
import type { LintOptions } from "../../runtime/model/lint/rule.ts";
import type { Host } from "./host.ts";

/** The path of a document; one that is not on disk gets a path that has no neighbours. */
export function pathOf(uri: string): string {
  if (!uri.startsWith("file:")) return `/untitled/${uri.replace(/[^\w.-]/g, "_")}`;
  try {
    return fileURLToPath(uri).replaceAll("\\", "/");
  } catch {
    return `/untitled/${uri.replace(/[^\w.-]/g, "_")}`;
  }
}

/** Whether the ignore file beside a Dockerfile leaves a path out; undefined when there is no such file. */
export async function readIgnore(
  host: Host,
  dockerfile: string,
): Promise<((path: string) => boolean) | undefined> {
  const texts = [`${dockerfile}.dockerignore`, posix.join(posix.dirname(dockerfile), ".dockerignore")];
  for (const path of texts) {
    const text = await host.readFile(path);
    if (text === undefined) continue;
    const matcher = compileDockerignore(parseDockerignore(text));
    return (candidate) => matcher.ignores(candidate);
  }
  return undefined;
}

/** The options of the nearest `.hadolint.yaml` above a Dockerfile; none when there is no such file. */
export async function readProjectOptions(host: Host, dockerfile: string): Promise<LintOptions> {
  for (const place of hadolintPlaces(dockerfile)) {
    const text = await host.readFile(place);
    if (text !== undefined) return readHadolintConfig(text);
  }
  return {};
}

/** The variables a Compose file is interpolated with: its `.env`, overruled by the process's own. */
export async function readEnvironment(
  host: Host,
  composeFile: string,
): Promise<Readonly<Record<string, string | undefined>>> {
  const text = await host.readFile(posix.join(posix.dirname(composeFile), ".env"));
  if (text === undefined) return host.environment;
  const { variables } = parseDotenv(text, (name) => host.environment[name]);
  const own = [...variables].map(([name, value]) => [name, value ?? undefined] as const);
  return { ...Object.fromEntries(own), ...host.environment };
}
