import type { TextDocument } from "vscode-languageserver-textdocument";
import { type ComposeParse, parseCompose } from "../../runtime/model/compose/parse.ts";
import { PieceReader } from "../../runtime/model/compose/parse-pieces.ts";
import { parseDockerfile } from "../../runtime/model/dockerfile/parse.ts";
import type { DockerfileParse } from "../../runtime/model/dockerfile/types.ts";
import { lintCompose } from "../../runtime/model/lint/compose/lint.ts";
import { mergeOptions } from "../../runtime/model/lint/hadolint-config.ts";
import { lintDockerfile } from "../../runtime/model/lint/lint.ts";
import type { LintOptions } from "../../runtime/model/lint/rule.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import { withSchemaProblems } from "../features/compose/diagnostics.ts";
import { checkSchema } from "../features/compose/schema/check.ts";
import { COMPOSE_SCHEMA } from "../features/compose/schema/compose-schema.ts";
import { loadYamlService, type YamlService } from "../features/compose/yaml-service.ts";
import type { Host } from "./host.ts";
import { pathOf, readEnvironment, readIgnore, readProjectOptions } from "./neighbours.ts";

/** Rounds of reading files that a Compose file names, and those name in turn. */
const MAXIMUM_ROUNDS = 6;

/** What is known of one document beside its text; kept until the document is closed or saved. */
interface Neighbours {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly others: Map<string, string | undefined>;
}

/** What the documents mean: parsed once per version, with the files beside them read once per save. */
export class Analysis {
  lint: LintOptions = {};
  readonly #host: Host;
  readonly #parses = new Map<string, { readonly version: number; readonly parse: DockerfileParse }>();
  /** What the files around a Dockerfile say: its ignore file and `.hadolint.yaml`. */
  readonly #projects = new Map<string, Promise<LintOptions>>();
  readonly #neighbours = new Map<string, Promise<Neighbours>>();
  readonly #found = new Map<string, { readonly version: number; readonly problems: readonly Problem[] }>();
  readonly #readers = new Map<string, PieceReader>();
  #yaml: Promise<YamlService> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  parse(document: TextDocument): DockerfileParse {
    const known = this.#parses.get(document.uri);
    if (known?.version === document.version) return known.parse;
    const parse = parseDockerfile(document.getText());
    this.#parses.set(document.uri, { version: document.version, parse });
    return parse;
  }

  /** A check of any Dockerfile text that stands where the document stands. */
  async dockerfileCheck(uri: string): Promise<(parse: DockerfileParse) => readonly Problem[]> {
    let project = this.#projects.get(uri);
    if (project === undefined) {
      project = this.#readProject(pathOf(uri));
      this.#projects.set(uri, project);
    }
    const options = mergeOptions(await project, this.lint);
    return (parse) => lintDockerfile(parse, options);
  }

  /** A check of any Compose text that stands where the document stands; the files it names are read. */
  async composeCheck(document: TextDocument): Promise<(text: string) => readonly Problem[]> {
    const found = await this.#modelProblems(document);
    const own = document.getText();
    const path = pathOf(document.uri);
    const { environment, others } = await this.#neighboursOf(document.uri, path);
    const { levels } = this.lint;
    return (text) =>
      text === own ? found : lintCompose({ path, text, environment, others, levels }).problems;
  }

  /** The model's problems and, of a file that is YAML, the schema's. */
  async composeProblems(document: TextDocument): Promise<readonly Problem[]> {
    const own = await this.#modelProblems(document);
    const { root, problems } = this.composeTree(document);
    if (root === undefined || problems.some(({ severity }) => severity === "error")) return own;
    return withSchemaProblems(own, checkSchema(root, COMPOSE_SCHEMA));
  }

  /** The document's YAML; the blocks an edit does not touch are not parsed again. */
  composeTree(document: TextDocument): ComposeParse {
    return this.#reader(document.uri).read(document.getText(), pathOf(document.uri));
  }

  /** The variables that are filled into a Compose file. */
  async environment(document: TextDocument): Promise<Readonly<Record<string, string | undefined>>> {
    return (await this.#neighboursOf(document.uri, pathOf(document.uri))).environment;
  }

  #reader(uri: string): PieceReader {
    let reader = this.#readers.get(uri);
    if (reader === undefined) {
      reader = new PieceReader();
      this.#readers.set(uri, reader);
    }
    return reader;
  }

  /** Reads the files the document names, and those name in turn; mostly all are known and one look is enough. */
  async #modelProblems(document: TextDocument): Promise<readonly Problem[]> {
    const { uri, version } = document;
    const known = this.#found.get(uri);
    if (known?.version === version) return known.problems;
    const problems = await this.#findModelProblems(document);
    this.#found.set(uri, { version, problems });
    return problems;
  }

  async #findModelProblems(document: TextDocument): Promise<readonly Problem[]> {
    const path = pathOf(document.uri);
    const text = document.getText();
    const { environment, others } = await this.#neighboursOf(document.uri, path);
    const { levels } = this.lint;
    const parse = (source: string, file: string): ComposeParse =>
      file === path ? this.#reader(document.uri).read(source, file) : parseCompose(source, file);
    for (let round = 0; ; round++) {
      const { problems, wanted } = lintCompose({ path, text, environment, others, parse, levels });
      if (wanted.length === 0 || round === MAXIMUM_ROUNDS) return problems;
      await Promise.all(wanted.map(async (file) => others.set(file, await this.#host.readFile(file))));
    }
  }

  /** The YAML service, loaded at the first call. */
  yaml(): Promise<YamlService> {
    this.#yaml ??= loadYamlService();
    return this.#yaml;
  }

  /** Forgets what was read from disk: files were saved or changed outside. */
  forgetFiles(): void {
    this.#projects.clear();
    this.#found.clear();
    this.#neighbours.clear();
  }

  forget(uri: string): void {
    this.#parses.delete(uri);
    this.#readers.delete(uri);
    this.#projects.delete(uri);
    this.#found.delete(uri);
    this.#neighbours.delete(uri);
  }

  async #readProject(path: string): Promise<LintOptions> {
    const [isIgnored, options] = await Promise.all([
      readIgnore(this.#host, path),
      readProjectOptions(this.#host, path),
    ]);
    return { ...options, isIgnored };
  }

  #neighboursOf(uri: string, path: string): Promise<Neighbours> {
    let known = this.#neighbours.get(uri);
    if (known === undefined) {
      known = readEnvironment(this.#host, path).then((environment) => ({ environment, others: new Map() }));
      this.#neighbours.set(uri, known);
    }
    return known;
  }
}
