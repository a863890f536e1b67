import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { RegistryAuth } from "../api/types/image.ts";
import { parseReference } from "../model/reference.ts";
import { UsageError } from "./command-line.ts";

/** Docker Hub's key in the file. */
const hubKey = "https://index.docker.io/v1/";

type Environment = Readonly<Record<string, string | undefined>>;

/** Docker's `config.json`; what is not understood is kept. */
interface ConfigFile {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** The credentials stored for the registry of an image; undefined when there are none. Throws `UsageError`. */
export async function credentialsForImage(name: string, env: Environment): Promise<RegistryAuth | undefined> {
  const { reference } = parseReference(name);
  return reference === undefined ? undefined : await readCredentials(reference.domain, env);
}

/** As `~/.docker/config.json` (or below `DOCKER_CONFIG`) has them. Throws `UsageError`. */
export async function readCredentials(server: string, env: Environment): Promise<RegistryAuth | undefined> {
  const key = keyOf(server);
  const config = await readConfig(env);
  refuseHelper(config, key);
  const entry = config.auths?.[key] ?? config.auths?.[`https://${key}`];
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: key };
  const [, username, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(entry?.auth ?? "", "base64").toString("utf8")) ?? [];
  if (username === undefined || password === undefined) return undefined;
  return { username, password, serveraddress: key };
}

/** Throws before anything is asked or sent when a program of its own keeps the registry's credentials. */
export async function checkCanStore(server: string, env: Environment): Promise<void> {
  refuseHelper(await readConfig(env), keyOf(server));
}

/** Keeps credentials, readable by their owner only; undefined forgets them. True when there were some before. */
export async function storeCredentials(
  server: string,
  auth: { readonly username: string; readonly password: string } | undefined,
  env: Environment,
): Promise<boolean> {
  const key = keyOf(server);
  const config = await readConfig(env);
  refuseHelper(config, key);
  const { [key]: before, ...others } = config.auths ?? {};
  const own = auth === undefined ? {} : { [key]: { auth: base64(`${auth.username}:${auth.password}`) } };
  if (auth !== undefined || before !== undefined) {
    await writeConfig({ ...config, auths: { ...others, ...own } }, env);
  }
  return before !== undefined;
}

/** A registry's name as the file has it: Docker Hub by its old address, others by host and port. */
export function keyOf(server: string): string {
  const host = server.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
  return ["", "docker.io", "index.docker.io", "registry-1.docker.io"].includes(host) ? hubKey : host;
}

function refuseHelper({ credHelpers, credsStore }: ConfigFile, key: string): void {
  const helper = credHelpers?.[key] ?? credsStore;
  if (helper === undefined || helper === "") return;
  throw new UsageError(
    `credentials for ${key} are kept by docker-credential-${helper}, which berth cannot ask yet: use the docker command, or name a DOCKER_CONFIG without it`,
  );
}

async function readConfig(env: Environment): Promise<ConfigFile> {
  const path = configPath(env);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new UsageError(`${path} is not a JSON object`);
}

async function writeConfig(config: ConfigFile, env: Environment): Promise<void> {
  const path = configPath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}`;
  try {
    await writeFile(temporary, `${JSON.stringify(config, undefined, "\t")}\n`, { mode: 0o600 });
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function configPath(env: Environment): string {
  return join(env.DOCKER_CONFIG || join(env.HOME || homedir(), ".docker"), "config.json");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
