import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseDotenv } from "../model/compose/dotenv.ts";
import { loadProject, type ProjectLoad } from "../model/compose/load.ts";
import { COMPOSE_FILE_NAMES } from "../model/compose/project-choice.ts";
import { ComposeError } from "./compose-error.ts";

/** Which project is meant; everything left out is looked for as Docker Compose does. */
export interface ProjectSource {
  /** Where the command was given: absolute. */
  readonly cwd: string;
  readonly files?: readonly string[];
  readonly projectDirectory?: string;
  readonly projectName?: string;
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  /** The caller's environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface ReadProject extends ProjectLoad {
  /** The texts that were read, by path: for printing where problems are. */
  readonly texts: ReadonlyMap<string, string | undefined>;
  /** The environment with the project's `.env`: what builds and interpolation see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An include may bring includes; each round reads what the one before asked for. */
const MAXIMUM_ROUNDS = 50;

/** Finds and reads a project's files and loads it. Throws ComposeError when there is no Compose file, or a file cannot be read. */
export async function readProject(source: ProjectSource, signal: AbortSignal): Promise<ReadProject> {
  const given = await givenFiles(source, source.env);
  const firstDirectory =
    source.projectDirectory ?? (given === undefined ? undefined : dirname(given[0] ?? source.cwd));
  const found = given === undefined && firstDirectory === undefined ? await findFiles(source.cwd) : undefined;
  const directory = resolve(
    source.cwd,
    firstDirectory ?? (found === undefined ? source.cwd : dirname(found[0]!)),
  );
  const environment = await readEnvironment(source, directory);
  const files = given ?? (await givenFiles(source, environment)) ?? found ?? (await findFiles(directory));
  if (files === undefined) {
    throw new ComposeError(
      `no Compose file in ${directory} or the directories above it: looked for ${COMPOSE_FILE_NAMES.join(", ")}`,
    );
  }
  const profiles = source.profiles?.length ? source.profiles : splitList(environment.COMPOSE_PROFILES, ",");
  const texts = new Map<string, string | undefined>();
  for (const path of files) texts.set(path, await readRequired(path, signal));
  for (let round = 0; round < MAXIMUM_ROUNDS; round += 1) {
    const load = loadProject({
      files,
      directory,
      name: source.projectName,
      profiles,
      environment,
      documents: texts,
    });
    if (load.wanted.length === 0) return { ...load, texts, environment };
    for (const path of load.wanted) texts.set(path, await readOptional(path, signal));
  }
  throw new ComposeError(
    `${files[0]}: its files refer to more and more other files; gave up after ${MAXIMUM_ROUNDS} rounds`,
  );
}

/** `-f` or COMPOSE_FILE, absolute. */
async function givenFiles(
  source: ProjectSource,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[] | undefined> {
  const separator = environment.COMPOSE_PATH_SEPARATOR ?? ":";
  const files = source.files?.length ? source.files : splitList(environment.COMPOSE_FILE, separator);
  return files.length === 0 ? undefined : files.map((path) => resolve(source.cwd, path));
}

/** The nearest directory, from `start` upwards, that has a Compose file; with its override file if there is one. */
async function findFiles(start: string): Promise<readonly string[] | undefined> {
  for (let directory = start; ; directory = dirname(directory)) {
    for (const name of COMPOSE_FILE_NAMES) {
      const path = join(directory, name);
      if (!(await isFile(path))) continue;
      const overrides = [".yaml", ".yml"].map((ending) => path.replace(/\.ya?ml$/, `.override${ending}`));
      const present = await Promise.all(overrides.map(isFile));
      const override = overrides.find((_, index) => present[index]);
      return override === undefined ? [path] : [path, override];
    }
    if (dirname(directory) === directory) return undefined;
  }
}

async function readEnvironment(
  source: ProjectSource,
  directory: string,
): Promise<Readonly<Record<string, string | undefined>>> {
  const named = source.envFiles?.length ? source.envFiles : splitList(source.env.COMPOSE_ENV_FILES, ",");
  const paths = named.length > 0 ? named.map((path) => resolve(source.cwd, path)) : [join(directory, ".env")];
  const variables = new Map<string, string>();
  for (const path of paths) {
    const text = await readOptional(path, AbortSignal.timeout(10_000));
    if (text === undefined && named.length > 0)
      throw new ComposeError(`cannot read the env file ${path}: no such file`);
    const parsed = parseDotenv(text ?? "", (name) => source.env[name] ?? variables.get(name));
    const [problem] = parsed.problems;
    if (problem !== undefined) throw new ComposeError(`cannot read the env file ${path}: ${problem.message}`);
    for (const [name, value] of parsed.variables) if (value !== null) variables.set(name, value);
  }
  return { ...Object.fromEntries(variables), ...source.env };
}

function splitList(text: string | undefined, separator: string): readonly string[] {
  return (text ?? "").split(separator).filter((item) => item.trim() !== "");
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function readRequired(path: string, signal: AbortSignal): Promise<string> {
  const text = await readOptional(path, signal);
  if (text === undefined) throw new ComposeError(`cannot read the Compose file ${path}: no such file`);
  return text;
}

async function readOptional(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await readFile(path, { encoding: "utf8", signal });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (signal.aborted || !(error instanceof Error)) throw error;
    throw new ComposeError(`cannot read ${path}: ${error.message}`, { cause: error });
  }
}
