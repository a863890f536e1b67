import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Environment } from "../../runtime/model/compose/interpolate.ts";
import type { ProjectLoad } from "../../runtime/model/compose/load.ts";
import { type ComposeParse, parseCompose } from "../../runtime/model/compose/parse.ts";
import { PieceReader } from "../../runtime/model/compose/parse-pieces.ts";
import { type DiskFacts, lintWithDisk, noFacts } from "../../runtime/model/lint/compose/gather.ts";
import { type ComposeFindings, lintCompose } from "../../runtime/model/lint/compose/lint.ts";
import { LintMemory } from "../../runtime/model/lint/compose/memory.ts";
import type { RuleLevel } from "../../runtime/model/lint/rule.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import type { ProjectText } from "../features/compose/occurrences.ts";
import type { Host } from "./host.ts";
import { pathOf, readEnvironment } from "./neighbours.ts";

/** What is known of one open Compose file. */
interface Known {
  readonly path: string;
  readonly reader: PieceReader;
  readonly memory: LintMemory;
  /** The variables of its `.env` and of the process; read once per save. */
  environment: Promise<Environment> | undefined;
  facts: DiskFacts;
  lastLoad: ProjectLoad | undefined;
  found: { readonly version: number; readonly findings: Promise<ComposeFindings> } | undefined;
}

/** What open Compose files mean: what an edit does not touch is kept, the files around them are read once per save. */
export class ComposeAnalysis {
  levels: Readonly<Record<string, RuleLevel>> = {};
  readonly #host: Host;
  readonly #known = new Map<string, Known>();
  #portOwners: ReadonlyMap<string, string> = new Map();

  constructor(host: Host) {
    this.#host = host;
  }

  /** All findings of the document's version, and the project it belongs to. */
  findings(document: TextDocument): Promise<ComposeFindings> {
    const known = this.#of(document);
    if (known.found?.version === document.version) return known.found.findings;
    const findings = this.#find(document, known);
    known.found = { version: document.version, findings };
    return findings;
  }

  /** A check of any text that stands where the document stands. */
  async check(document: TextDocument): Promise<(text: string) => readonly Problem[]> {
    const known = this.#of(document);
    const own = document.getText();
    const { problems } = await this.findings(document);
    const environment = await this.environment(document);
    const { path, facts } = known;
    const { levels } = this;
    return (text) =>
      text === own ? problems : lintCompose({ path, text, environment, levels, ...facts }).problems;
  }

  /** The document's YAML; the blocks an edit does not touch are not parsed again. */
  tree(document: TextDocument): ComposeParse {
    const { reader, path } = this.#of(document);
    return reader.read(document.getText(), path);
  }

  /** The variables that are filled into the document. */
  environment(document: TextDocument): Promise<Environment> {
    const known = this.#of(document);
    known.environment ??= readEnvironment(this.#host, known.path);
    return known.environment;
  }

  /** The texts of the files the project consists of, by path, as they were read or are open. */
  async texts(document: TextDocument): Promise<ReadonlyMap<string, string | undefined>> {
    await this.findings(document);
    const { path, facts } = this.#of(document);
    return new Map([...facts.others, [path, document.getText()]]);
  }

  /** The files of the document's project with their trees: the document's own first. */
  async files(document: TextDocument): Promise<readonly [ProjectText, ...ProjectText[]]> {
    const texts = await this.texts(document);
    const { path } = this.#of(document);
    const others = [...texts].flatMap(([file, text]): readonly ProjectText[] =>
      file === path || text === undefined || !/\.ya?ml$/.test(file)
        ? []
        : [{ path: file, text, root: parseCompose(text, file).root }],
    );
    return [{ path, text: document.getText(), root: this.tree(document).root }, ...others];
  }

  /** The project as of the last version that was YAML: what is being written is mostly not. */
  async project(document: TextDocument): Promise<ProjectLoad | undefined> {
    const { load } = await this.findings(document);
    return load ?? this.#of(document).lastLoad;
  }

  /** Asks again who has the ports of this machine; whether that is another answer than before. */
  async lookAtPorts(): Promise<boolean> {
    const before = JSON.stringify([...this.#portOwners]);
    this.#portOwners = await this.#host.portOwners();
    const isChanged = JSON.stringify([...this.#portOwners]) !== before;
    if (isChanged) for (const known of this.#known.values()) known.found = undefined;
    return isChanged;
  }

  /** Takes over a text that is edited elsewhere; gives the documents whose findings depend on it. */
  noteText(path: string, text: string): readonly string[] {
    const affected: string[] = [];
    for (const [uri, known] of this.#known) {
      if (known.path === path || !known.facts.others.has(path)) continue;
      known.facts.others.set(path, text);
      known.found = undefined;
      affected.push(uri);
    }
    return affected;
  }

  /** Forgets what was read from disk: files were saved or changed outside. */
  forgetFiles(): void {
    for (const known of this.#known.values()) {
      known.environment = undefined;
      known.facts = noFacts();
      known.found = undefined;
    }
  }

  forget(uri: string): void {
    this.#known.delete(uri);
  }

  async #find(document: TextDocument, known: Known): Promise<ComposeFindings> {
    const text = document.getText();
    const { path, reader, memory, facts } = known;
    const environment = await this.environment(document);
    const parse = (source: string, file: string): ComposeParse =>
      file === path ? reader.read(source, file) : parseCompose(source, file);
    const { levels } = this;
    const source = { path, text, environment, parse, memory, levels, portOwners: this.#portOwners };
    const findings = await lintWithDisk(source, facts, this.#host);
    if (findings.load !== undefined) known.lastLoad = findings.load;
    return findings;
  }

  #of({ uri }: TextDocument): Known {
    let known = this.#known.get(uri);
    if (known === undefined) {
      known = {
        ...{ path: pathOf(uri), reader: new PieceReader(), memory: new LintMemory() },
        ...{ environment: undefined, facts: noFacts(), lastLoad: undefined, found: undefined },
      };
      this.#known.set(uri, known);
    }
    return known;
  }
}
