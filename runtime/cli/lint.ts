import { existsSync } from "node:fs";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { parseDotenv } from "../model/compose/dotenv.ts";
import { compileDockerignore, parseDockerignore } from "../model/dockerfile/dockerignore.ts";
import { parseDockerfile } from "../model/dockerfile/parse.ts";
import { lintWithDisk, noFacts } from "../model/lint/compose/gather.ts";
import { lintCompose } from "../model/lint/compose/lint.ts";
import type { PathKind } from "../model/lint/compose/rule.ts";
import { type FileKind, fileKind } from "../model/lint/file-kind.ts";
import { fixAll } from "../model/lint/fix-all.ts";
import { hadolintPlaces, mergeOptions, readHadolintConfig } from "../model/lint/hadolint-config.ts";
import { lintDockerfile } from "../model/lint/lint.ts";
import type { LintOptions, RuleLevel } from "../model/lint/rule.ts";
import type { Problem, Severity } from "../model/text/problem.ts";
import { list, onOff, parseCommandLine, text, UsageError } from "./command-line.ts";
import { type LintedFile, lintFormats } from "./lint-output.ts";

/** Where the command runs. */
export interface LintContext {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const USAGE = `Usage: berth lint [OPTIONS] [FILE|DIRECTORY...]

Check Dockerfiles and Compose files; without names, all below the current directory

Options:
      --fail-on SEVERITY   Least severity that makes the exit status 1: error, warning, info, hint (default "warning")
      --fix                Apply all safe fixes to the files
      --format FORMAT      text, json, sarif, github (default "text")
      --level RULE=LEVEL   Level of a rule: error, warning, info, hint, off; RULE by any of its names
`;

const FLAGS = {
  "fail-on": text("SEVERITY", "Least severity that makes the exit status 1"),
  fix: onOff("Apply all safe fixes to the files"),
  format: text("FORMAT", "text, json, sarif, github"),
  level: list("RULE=LEVEL", "Level of a rule"),
} as const;

const SEVERITIES: readonly Severity[] = ["hint", "info", "warning", "error"];
const SKIPPED = new Set(["node_modules", ".git", ".cache", "dist"]);

/** `berth lint`: 0 nothing to tell, 1 findings of the given severity, 2 a file could not be read. */
export async function lint(argv: readonly string[], context: LintContext): Promise<number> {
  const { flags, words, wantsHelp } = parseCommandLine(argv, { flags: FLAGS, stopsAtWord: false });
  if (wantsHelp) {
    context.stdout(USAGE);
    return 0;
  }
  const print = lintFormats.get(flags.format ?? "text");
  if (print === undefined)
    throw new UsageError(`unknown format "${flags.format}": text, json, sarif or github`);
  const least = SEVERITIES.findIndex((severity) => severity === (flags["fail-on"] ?? "warning"));
  if (least < 0) throw new UsageError(`unknown severity "${flags["fail-on"]}": error, warning, info or hint`);
  const options: LintOptions = { levels: Object.fromEntries(flags.level.map(levelOf)) };
  const files: LintedFile[] = [];
  let unreadable = 0;
  for (const path of await findFiles(words, context)) {
    context.signal.throwIfAborted();
    const linted = await lintFile(path, options, flags.fix, context);
    if (linted === undefined) unreadable++;
    else files.push(linted);
  }
  context.stdout(print(files));
  if (unreadable > 0) return 2;
  return files.some(({ problems }) => problems.some(({ severity }) => SEVERITIES.indexOf(severity) >= least))
    ? 1
    : 0;
}

function levelOf(setting: string): readonly [string, RuleLevel] {
  const [name = "", level = ""] = setting.split("=", 2);
  const found = ([...SEVERITIES, "off"] as const).find((known) => known === level);
  if (name === "" || found === undefined)
    throw new UsageError(`invalid level "${setting}": RULE=error, warning, info, hint or off`);
  return [name, found];
}

/** Named files as they are; of directories all that have a known name. */
async function findFiles(words: readonly string[], { cwd }: LintContext): Promise<readonly string[]> {
  const found: string[] = [];
  for (const word of words.length === 0 ? ["."] : words) {
    const path = resolve(cwd, word);
    const isDirectory = await stat(path).then(
      (entry) => entry.isDirectory(),
      () => false,
    );
    if (isDirectory) found.push(...(await filesBelow(path)));
    else found.push(path);
  }
  return found;
}

async function filesBelow(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) found.push(...(await filesBelow(path)));
    else if (entry.isFile() && fileKind(path) !== "other") found.push(path);
  }
  return found.sort();
}

async function lintFile(
  path: string,
  options: LintOptions,
  isFixing: boolean,
  context: LintContext,
): Promise<LintedFile | undefined> {
  const name = relative(context.cwd, path);
  let content: string;
  try {
    content = await readFile(path, "utf8");
  } catch (error) {
    context.stderr(`cannot read ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  }
  const check = await checkFor(kindOf(path), path, content, options, context);
  const fixed = isFixing ? fixAll(content, check) : content;
  if (fixed !== content) await writeFile(path, fixed);
  return { name, text: fixed, problems: check(fixed) };
}

/** A file that was named is read whatever its name: YAML as Compose, anything else as a Dockerfile. */
function kindOf(path: string): FileKind {
  const kind = fileKind(path);
  if (kind !== "other") return kind;
  return /\.ya?ml$/i.test(path) ? "compose" : "dockerfile";
}

async function checkFor(
  kind: FileKind,
  path: string,
  content: string,
  options: LintOptions,
  context: LintContext,
): Promise<(text: string) => readonly Problem[]> {
  if (kind === "dockerfile") {
    const ignore =
      (await readIfThere(`${path}.dockerignore`)) ??
      (await readIfThere(join(dirname(path), ".dockerignore")));
    const project = await readProjectOptions(path);
    const matcher = ignore === undefined ? undefined : compileDockerignore(parseDockerignore(ignore));
    return (one) =>
      lintDockerfile(parseDockerfile(one), {
        ...mergeOptions(project, options),
        isIgnored: matcher?.ignores,
        isMissing: (source) => !existsSync(join(dirname(path), source)),
      });
  }
  const environment = await readEnvironment(dirname(path), context);
  const facts = noFacts();
  const { levels } = options;
  await lintWithDisk({ path, text: content, environment, levels }, facts, {
    readFile: readIfThere,
    kindOf: pathKind,
  });
  return (one) => lintCompose({ path, text: one, environment, levels, ...facts }).problems;
}

async function pathKind(path: string): Promise<PathKind> {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch {
    // What cannot be looked at cannot be used either.
    return "absent";
  }
}

async function readProjectOptions(path: string): Promise<LintOptions> {
  for (const place of hadolintPlaces(path)) {
    const text = await readIfThere(place);
    if (text !== undefined) return readHadolintConfig(text);
  }
  return {};
}

async function readEnvironment(directory: string, { env }: LintContext): Promise<LintContext["env"]> {
  const own = await readIfThere(join(directory, ".env"));
  if (own === undefined) return env;
  const { variables } = parseDotenv(own, (name) => env[name]);
  return { ...Object.fromEntries([...variables].map(([name, value]) => [name, value ?? undefined])), ...env };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    // Absent and unreadable come to the same: the file does not count.
    return undefined;
  }
}
