import { posix } from "node:path";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { parseDockerfile } from "../../runtime/model/dockerfile/parse.ts";
import { reparseDockerfile } from "../../runtime/model/dockerfile/reparse.ts";
import type { DockerfileParse } from "../../runtime/model/dockerfile/types.ts";
import type { EngineFacts } from "../../runtime/model/engine-facts.ts";
import type { PathKind } from "../../runtime/model/lint/compose/rule.ts";
import { mergeOptions } from "../../runtime/model/lint/hadolint-config.ts";
import { lintDockerfile } from "../../runtime/model/lint/lint.ts";
import type { LintOptions } from "../../runtime/model/lint/rule.ts";
import { contextSources } from "../../runtime/model/lint/rules/copy/copy-source-missing.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import { loadYamlService, type YamlService } from "../features/compose/yaml-service.ts";
import { completePaths, type PathPlace } from "../features/dockerfile/paths.ts";
import type { Completion } from "../features/feature.ts";
import { Builds } from "./builds.ts";
import { ComposeAnalysis } from "./compose-analysis.ts";
import type { Host } from "./host.ts";
import { pathOf, readIgnore, readProjectOptions } from "./neighbours.ts";

/** Paths that one look asks the disk for at most. */
const MAXIMUM_SOURCES = 500;

/** What the documents mean: parsed once per version, with the files beside them read once per save. */
export class Analysis {
  readonly compose: ComposeAnalysis;
  readonly builds = new Builds();
  /** What the editor's engines have; nothing until it tells. */
  engines: EngineFacts = { images: [], services: [] };
  #lint: LintOptions = {};
  readonly #host: Host;
  readonly #parses = new Map<string, { readonly version: number; readonly parse: DockerfileParse }>();
  /** What the files around a Dockerfile say: its ignore file and `.hadolint.yaml`. */
  readonly #projects = new Map<string, Promise<LintOptions>>();
  readonly #kinds = new Map<string, Map<string, PathKind>>();
  #yaml: Promise<YamlService> | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.compose = new ComposeAnalysis(host);
  }

  /** The lint settings; those of a project's own files come first. */
  set lint(options: LintOptions) {
    this.#lint = options;
    this.compose.levels = options.levels ?? {};
  }

  parse(document: TextDocument): DockerfileParse {
    const known = this.#parses.get(document.uri);
    if (known?.version === document.version) return known.parse;
    const text = document.getText();
    const parse = known === undefined ? parseDockerfile(text) : reparseDockerfile(known.parse, text);
    this.#parses.set(document.uri, { version: document.version, parse });
    return parse;
  }

  /** A check of any Dockerfile text that stands where the document stands; what it copies is looked for on disk. */
  async dockerfileCheck(document: TextDocument): Promise<(parse: DockerfileParse) => readonly Problem[]> {
    const options = mergeOptions(await this.#project(document.uri), this.#lint);
    const kinds = await this.#sourceKinds(document);
    const isMissing = (path: string): boolean => kinds.get(path) === "absent";
    return (parse) => lintDockerfile(parse, { ...options, isMissing });
  }

  /** What the sources of COPY are; asked once per path until files change. */
  async #sourceKinds(document: TextDocument): Promise<ReadonlyMap<string, PathKind>> {
    let kinds = this.#kinds.get(document.uri);
    if (kinds === undefined) {
      kinds = new Map();
      this.#kinds.set(document.uri, kinds);
    }
    const known = kinds;
    const directory = posix.dirname(pathOf(document.uri));
    const paths = new Set(contextSources(this.parse(document).tree).map(({ path }) => path));
    const asked = [...paths].filter((path) => !known.has(path)).slice(0, MAXIMUM_SOURCES);
    await Promise.all(
      asked.map(async (path) => known.set(path, await this.#host.kindOf(posix.join(directory, path)))),
    );
    return known;
  }

  /** Files of the build context that fit a path being written; the context is the directory of the Dockerfile. */
  async contextPaths(uri: string, place: PathPlace): Promise<readonly Completion[]> {
    const directory = posix.join(posix.dirname(pathOf(uri)), place.directory);
    const [names, { isIgnored }] = await Promise.all([this.#host.list(directory), this.#project(uri)]);
    return completePaths(place, names, isIgnored);
  }

  /** The YAML service, loaded at the first call. */
  yaml(): Promise<YamlService> {
    this.#yaml ??= loadYamlService();
    return this.#yaml;
  }

  /** Forgets what was read from disk: files were saved or changed outside. */
  forgetFiles(): void {
    this.#projects.clear();
    this.#kinds.clear();
    this.compose.forgetFiles();
  }

  forget(uri: string): void {
    this.#parses.delete(uri);
    this.builds.forget(uri);
    this.#projects.delete(uri);
    this.#kinds.delete(uri);
    this.compose.forget(uri);
  }

  #project(uri: string): Promise<LintOptions> {
    let project = this.#projects.get(uri);
    if (project === undefined) {
      project = this.#readProject(pathOf(uri));
      this.#projects.set(uri, project);
    }
    return project;
  }

  async #readProject(path: string): Promise<LintOptions> {
    const [isIgnored, options] = await Promise.all([
      readIgnore(this.#host, path),
      readProjectOptions(this.#host, path),
    ]);
    return { ...options, isIgnored };
  }
}
