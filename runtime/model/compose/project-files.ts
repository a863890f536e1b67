import { parseDotenv } from "./dotenv.ts";
import { applyExtends } from "./extends.ts";
import { type Environment, interpolate, lookUp } from "./interpolate.ts";
import { toLongForm } from "./long-form.ts";
import type { ProjectMemory } from "./memory.ts";
import { mergeTrees, withoutTags } from "./merge.ts";
import type { ComposeParse } from "./parse.ts";
import { directoryOf, resolvePath } from "./paths.ts";
import { resolvePaths } from "./resolve-paths.ts";
import {
  child,
  type Entry,
  entriesOf,
  entry,
  type MappingNode,
  problemAt,
  type Report,
  startOf,
  type TreeNode,
  textOf,
  withEntry,
  withoutEntries,
} from "./tree.ts";
import type { Place } from "./types.ts";

/** Texts by absolute path; undefined: the file does not exist. What is not in the map is asked for. */
export type Documents = ReadonlyMap<string, string | undefined>;

/** Files that include the same files twice each would otherwise be read two to the power of their depth times. */
const MAXIMUM_READS = 1000;

const SECTIONS = ["services", "networks", "volumes", "secrets", "configs", "models"];

/** Makes one tree of several files, what they include and extend. Remembers which files it would have needed. */
export class ProjectFiles {
  readonly wanted = new Set<string>();
  /** Files that were merged or included. */
  readonly merged = new Set<string>();
  readonly #documents: Documents;
  readonly #report: Report;
  readonly #parse: (text: string, file: string) => ComposeParse;
  readonly #memory: ProjectMemory;
  /** Where a file is included by another. */
  readonly #includedAt = new Map<string, Place>();
  #reads = 0;

  constructor(
    documents: Documents,
    report: Report,
    parse: (text: string, file: string) => ComposeParse,
    memory: ProjectMemory,
  ) {
    this.#parse = parse;
    this.#memory = memory;
    this.#documents = documents;
    this.#report = report;
  }

  /** A file's text; reports a required file that does not exist. */
  readText(path: string, place: Place, required: boolean): string | undefined {
    if (!this.#documents.has(path)) {
      this.wanted.add(path);
      return undefined;
    }
    const text = this.#documents.get(path);
    if (text === undefined && required)
      this.#report(problemAt(place, "missing-file", `cannot read ${path}: no such file`));
    return text;
  }

  /** The files merged in order, in long form, paths absolute, everything included and extended. */
  load(
    paths: readonly string[],
    directory: string,
    environment: Environment,
    chain: readonly string[],
  ): MappingNode | undefined {
    let merged: MappingNode | undefined;
    for (const path of paths) {
      this.merged.add(path);
      const tree = this.#loadFile(path, startOf(path), directory, environment, chain);
      if (tree === undefined) continue;
      const result = merged === undefined ? tree : mergeTrees(merged, tree);
      if (result.kind === "mapping") merged = result;
    }
    const clean = merged === undefined ? undefined : withoutTags(merged);
    return clean?.kind === "mapping" ? clean : undefined;
  }

  #loadFile(
    path: string,
    place: Place,
    directory: string,
    environment: Environment,
    chain: readonly string[],
  ): MappingNode | undefined {
    const tree = this.#readTree(path, place, directory, environment);
    if (tree === undefined) return undefined;
    const extended = applyExtends(
      tree,
      path,
      (other, reference) => this.#readTree(other, reference.value.place, directoryOf(other), environment),
      this.#report,
      this.#memory,
    );
    return extended.kind === "mapping"
      ? this.#withIncluded(extended, directory, environment, [...chain, path])
      : undefined;
  }

  /** One file by itself. */
  #readTree(
    path: string,
    place: Place,
    directory: string,
    environment: Environment,
  ): MappingNode | undefined {
    this.#reads += 1;
    if (this.#reads > MAXIMUM_READS) {
      this.#report(problemAt(place, "too-many-files", `the project reads more than ${MAXIMUM_READS} files`));
      return undefined;
    }
    const text = this.readText(path, place, true);
    if (text === undefined) return undefined;
    const { root, problems } = this.#parse(text, path);
    problems.forEach(this.#report);
    if (root === undefined) {
      if (problems.length === 0)
        this.#report(
          problemAt(
            startOf(path),
            "empty-file",
            "the file is empty: a Compose file needs services",
            "warning",
          ),
        );
      return undefined;
    }
    if (root.kind !== "mapping") {
      this.#report(
        problemAt(root.place, "invalid-type", "a Compose file is a mapping with the key services"),
      );
      return undefined;
    }
    return this.#prepare(root, directory, environment);
  }

  /** Interpolated, in long form, with absolute paths; service by service, since edits touch few of them. */
  #prepare(root: MappingNode, directory: string, environment: Environment): MappingNode {
    const base = { directory, home: lookUp(environment, "HOME") };
    const all = (node: TreeNode, report: Report): TreeNode =>
      resolvePaths(toLongForm(interpolate(node, environment, report), report), base);
    const one = (section: Entry, value: TreeNode, report: Report): TreeNode => {
      const alone: MappingNode = { ...root, entries: [{ ...section, value }] };
      return child(all(alone, report), section.key) ?? value;
    };
    const entries = root.entries.map((section): Entry => {
      const { value } = section;
      if (section.key !== "services" || value.kind !== "mapping")
        return { ...section, value: one(section, value, this.#report) };
      const services = value.entries.map((service): Entry => {
        const prepared = this.#memory.prepared.of(
          service.value,
          [service.key, directory, environment],
          this.#report,
          (report) => {
            const whole = one(section, { ...value, entries: [service] }, report);
            return child(whole, service.key) ?? service.value;
          },
        );
        return { ...service, value: prepared };
      });
      return { ...section, value: { ...value, entries: services } };
    });
    return { ...root, entries };
  }

  #withIncluded(
    tree: MappingNode,
    directory: string,
    environment: Environment,
    chain: readonly string[],
  ): MappingNode {
    const include = entry(tree, "include");
    if (include === undefined) return tree;
    let result = withoutEntries(tree, ["include"]);
    if (include.value.kind !== "sequence") {
      this.#report(problemAt(include.value.place, "invalid-type", "include must be a list"));
      return result;
    }
    for (const item of include.value.items) {
      const included = this.#loadIncluded(item, directory, environment, chain);
      if (included !== undefined) result = this.#join(result, included);
    }
    return result;
  }

  #loadIncluded(
    item: TreeNode,
    directory: string,
    environment: Environment,
    chain: readonly string[],
  ): MappingNode | undefined {
    const home = lookUp(environment, "HOME");
    const paths = textsOf(child(item, "path")).map((path) => resolvePath(directory, path, home));
    const [first] = paths;
    if (first === undefined) {
      this.#report(problemAt(item.place, "invalid-type", "an include needs a path"));
      return undefined;
    }
    const again = paths.find((path) => chain.includes(path));
    if (again !== undefined) {
      this.#reportCycle(chain.slice(chain.indexOf(again)), item.place);
      return undefined;
    }
    for (const path of paths) this.#includedAt.set(`${chain.at(-1)}\n${path}`, item.place);
    const given = textOf(child(item, "project_directory"));
    const ownDirectory = given === undefined ? directoryOf(first) : resolvePath(directory, given, home);
    const files = textsOf(child(item, "env_file")).map((path) => resolvePath(directory, path, home));
    const envFiles = files.length > 0 ? files : [`${ownDirectory}/.env`];
    const variables: Record<string, string | undefined> = {};
    for (const path of envFiles)
      Object.assign(variables, this.#readVariables(path, item.place, files.length > 0, environment));
    const ownEnvironment = this.#memory.environment({ ...variables, ...environment });
    return this.load(paths, ownDirectory, ownEnvironment, chain);
  }

  /** At every include of the circle: each of the files is open at some time, and any of them may be the wrong one. */
  #reportCycle(circle: readonly string[], last: Place): void {
    const path = [...circle, circle[0]].join(" → ");
    const before = circle.slice(1).map((file, index) => this.#includedAt.get(`${circle[index]}\n${file}`));
    for (const place of [...before, last]) {
      if (place !== undefined)
        this.#report(problemAt(place, "include-cycle", `files include each other in a circle: ${path}`));
    }
  }

  #readVariables(path: string, place: Place, required: boolean, environment: Environment): Environment {
    const text = this.readText(path, place, required);
    if (text === undefined) return {};
    const variables = parseDotenv(text, (name) => lookUp(environment, name)).variables;
    return Object.fromEntries(
      [...variables].map(([name, value]) => [name, value ?? lookUp(environment, name)]),
    );
  }

  /** An included file adds; it must not change what the including file says. */
  #join(tree: MappingNode, included: MappingNode): MappingNode {
    let result = tree;
    for (const section of SECTIONS) {
      const added = entry(included, section);
      if (added === undefined || added.value.kind !== "mapping") continue;
      const own = entry(result, section);
      const ownEntries = entriesOf(own?.value);
      const fresh: Entry[] = [];
      for (const item of added.value.entries) {
        const existing = ownEntries.find((candidate) => candidate.key === item.key);
        if (existing === undefined) fresh.push(item);
        else if (!samePlace(existing.keyPlace, item.keyPlace)) {
          const message = `${section}.${item.key} is defined here and in the included ${item.keyPlace.file}`;
          this.#report(problemAt(existing.keyPlace, "include-conflict", message));
        }
      }
      const value: MappingNode = {
        kind: "mapping",
        place: own?.value.place ?? added.value.place,
        entries: [...ownEntries, ...fresh],
      };
      result = withEntry(result, { key: section, keyPlace: own?.keyPlace ?? added.keyPlace, value });
    }
    return result;
  }
}

/** The same file may be included twice. */
function samePlace(left: Place, right: Place): boolean {
  return left.file === right.file && left.range.start === right.range.start;
}

function textsOf(node: TreeNode | undefined): readonly string[] {
  return node?.kind === "sequence" ? node.items.flatMap((item) => textOf(item) ?? []) : [];
}
