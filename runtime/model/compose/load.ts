import { Fields } from "./fields.ts";
import { type Environment, lookUp } from "./interpolate.ts";
import { ProjectMemory } from "./memory.ts";
import { type ComposeParse, parseCompose } from "./parse.ts";
import { splitByProfiles } from "./profiles.ts";
import { type Documents, ProjectFiles } from "./project-files.ts";
import type { ReadContext } from "./read-context.ts";
import { readFileObject, readNetwork, readVolume } from "./read-resources.ts";
import { readService } from "./read-service.ts";
import {
  child,
  type Entry,
  entriesOf,
  entry,
  type MappingNode,
  problemAt,
  scalarAt,
  startOf,
  type TreeNode,
  textOf,
} from "./tree.ts";
import type { ComposeProblem, Network, Project, Service } from "./types.ts";
import { validate } from "./validate.ts";

export interface LoadRequest {
  /** Absolute paths of the Compose files, in merge order. */
  readonly files: readonly string[];
  /** Absolute: where relative paths start. */
  readonly directory: string;
  /** Wins over COMPOSE_PROJECT_NAME, the file's `name` and the directory's. */
  readonly name?: string;
  readonly profiles: readonly string[];
  /** For interpolation; the project's `.env` is already in it. */
  readonly environment: Environment;
  readonly documents: Documents;
  /** Reads YAML; who loads again and again hands in one that remembers. Default: `parseCompose`. */
  readonly parse?: (text: string, file: string) => ComposeParse;
  /** What is known from the last time this project was loaded. */
  readonly memory?: ProjectMemory;
}

/** What the loader gives; it never throws. */
export interface ProjectLoad {
  /** As much as could be understood; act on it only when no problem is an error. */
  readonly project: Project;
  readonly problems: readonly ComposeProblem[];
  /** The merged tree the project was read from: every key, in long form; what `config` prints. */
  readonly tree: TreeNode;
  /** Absolute paths of the files whose names count in the whole project: merged and included ones, not those extended. */
  readonly mergedFiles: readonly string[];
  /** Absolute paths of files the project needs and that were not handed in: read them and load again. */
  readonly wanted: readonly string[];
}

/**
 * A project from its files: parse, interpolate, write short forms out, extend, include, merge, read, validate.
 * Pure: a file that is not in `documents` is named in `wanted`; read it and load again. Never throws.
 */
export function loadProject(request: LoadRequest): ProjectLoad {
  const problems = new Map<string, ComposeProblem>();
  // A file extended from several places is read several times: its problems count once.
  const report = (problem: ComposeProblem): void => {
    problems.set(
      `${problem.file}:${problem.range.start}:${problem.range.end}:${problem.code}:${problem.message}`,
      problem,
    );
  };
  const directoryName = request.directory.split("/").pop() ?? "";
  const early = request.name ?? lookUp(request.environment, "COMPOSE_PROJECT_NAME");
  const memory = request.memory ?? new ProjectMemory();
  const environment = memory.environment({
    COMPOSE_PROJECT_NAME: projectName(early ?? directoryName),
    ...request.environment,
  });
  const files = new ProjectFiles(request.documents, report, request.parse ?? parseCompose, memory);
  const root =
    files.load(request.files, request.directory, environment, []) ?? emptyRoot(request.files[0] ?? "");
  const name = projectName(early ?? textOf(child(root, "name")) ?? directoryName);
  const context: ReadContext = {
    environment,
    report,
    readText: (path, place, required) => files.readText(path, place, required),
  };
  const { project, services } = readProject(root, name, request, context, memory);
  const isComplete = files.wanted.size === 0;
  if (isComplete) validate(project, services, root, report);
  return {
    project,
    tree: root,
    problems: inOrder(withoutEchoes([...problems.values()]), request.files),
    mergedFiles: [...files.merged],
    wanted: [...files.wanted],
  };
}

/** A name Compose accepts: lower case letters, digits, dashes and underscores, first a letter or digit. */
export function projectName(text: string): string {
  return (
    text
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, "")
      .replace(/^[_-]+/, "") || "default"
  );
}

function readProject(
  root: MappingNode,
  name: string,
  request: LoadRequest,
  context: ReadContext,
  memory: ProjectMemory,
): { readonly project: Project; readonly services: ReadonlyMap<string, Service> } {
  const { report } = context;
  const top = new Fields(root, root.place, "a Compose file", report);
  const version = entry(root, "version");
  if (version !== undefined) {
    report(
      problemAt(
        version.keyPlace,
        "obsolete-version",
        "version is obsolete and does nothing: remove it",
        "warning",
      ),
    );
  }
  top.text("version");
  top.text("name");
  const services = new Map(
    top.entries("services").map((item) => [item.key, readRemembered(item, context, memory)]),
  );
  const networks = new Map(
    top.entries("networks").map((item) => [item.key, readNetwork(item, name, report)]),
  );
  const split = splitByProfiles(services, request.profiles);
  const project: Project = {
    name,
    directory: request.directory,
    files: request.files,
    ...split,
    networks: withDefaultNetwork(networks, services, name, report),
    volumes: new Map(top.entries("volumes").map((item) => [item.key, readVolume(item, name, report)])),
    secrets: new Map(
      top.entries("secrets").map((item) => [item.key, readFileObject("secrets", item, name, report)]),
    ),
    configs: new Map(
      top.entries("configs").map((item) => [item.key, readFileObject("configs", item, name, report)]),
    ),
  };
  for (const left of top.finish(["models"])) {
    report(problemAt(left.place, "unsupported-key", `${left.path} are not supported`, "warning"));
  }
  return { project, services };
}

/** What a service's env files say is not part of its node, so services that have some are read each time. */
function readRemembered(item: Entry, context: ReadContext, memory: ProjectMemory): Service {
  if (child(item.value, "env_file") !== undefined) return readService(item, context);
  const from = [item.key, item.keyPlace.range, context.environment];
  return memory.services.of(item.value, from, context.report, (report) =>
    readService(item, { ...context, report }),
  );
}

function withDefaultNetwork(
  networks: ReadonlyMap<string, Network>,
  services: ReadonlyMap<string, Service>,
  project: string,
  report: ReadContext["report"],
): ReadonlyMap<string, Network> {
  const user = [...services.values()].find((service) => service.networks.has("default"));
  if (networks.has("default") || user === undefined) return networks;
  const implicit: Entry = { key: "default", keyPlace: user.place, value: scalarAt(user.place, null) };
  return new Map([...networks, ["default", readNetwork(implicit, project, report)]]);
}

function emptyRoot(file: string): MappingNode {
  return { kind: "mapping", entries: entriesOf(undefined), place: startOf(file) };
}

/** A file that is not YAML yields a tree of accidents: only its syntax is worth telling. */
function withoutEchoes(problems: readonly ComposeProblem[]): readonly ComposeProblem[] {
  const broken = new Set(
    problems.filter((problem) => problem.code === "yaml-syntax").map((problem) => problem.file),
  );
  return problems.filter((problem) => !broken.has(problem.file) || problem.code === "yaml-syntax");
}

function inOrder(problems: readonly ComposeProblem[], files: readonly string[]): readonly ComposeProblem[] {
  const rank = (problem: ComposeProblem): number => {
    const index = files.indexOf(problem.file);
    return index < 0 ? files.length : index;
  };
  return problems.toSorted((left, right) => rank(left) - rank(right) || left.range.start - right.range.start);
}
