import { isFunction } from "./functions.ts";
import { TemplateError } from "./template-error.ts";
import { splitTemplate, type Token, type Word } from "./tokens.ts";
import type { Operand, PathStart, Pipeline, TemplateNode } from "./tree.ts";

/** Throws `TemplateError` for what is not a template, and for functions that there are not. */
export function parseTemplate(source: string): readonly TemplateNode[] {
  const tokens = [...splitTemplate(source)];
  const { nodes, end } = parseNodes(tokens);
  if (end !== undefined) throw new TemplateError(`template parsing error: unexpected {{${end.keyword}}}`);
  return nodes;
}

interface BlockEnd {
  readonly keyword: "end" | "else";
  /** What follows `else`: `if …` or `with …`. */
  readonly rest: readonly Word[];
  readonly source: string;
}

function parseNodes(tokens: Token[]): { nodes: readonly TemplateNode[]; end: BlockEnd | undefined } {
  const nodes: TemplateNode[] = [];
  for (let token = tokens.shift(); token !== undefined; token = tokens.shift()) {
    if (token.kind === "text") {
      nodes.push(token);
      continue;
    }
    const words = trimSpaces(token.words);
    const [first, ...rest] = words;
    const keyword = first?.kind === "name" ? first.text : "";
    if (keyword === "end" || keyword === "else") {
      return { nodes, end: { keyword, rest: trimSpaces(rest), source: token.source } };
    }
    nodes.push(parseAction(words, token.source, tokens));
  }
  return { nodes, end: undefined };
}

function parseAction(words: readonly Word[], source: string, tokens: Token[]): TemplateNode {
  const [first, ...rest] = words;
  if (first?.kind === "name" && (first.text === "if" || first.text === "with" || first.text === "range")) {
    return parseBlock(first.text, rest, source, tokens);
  }
  return { kind: "print", pipeline: new PipelineParser(words, source).whole() };
}

function parseBlock(
  kind: "if" | "with" | "range",
  words: readonly Word[],
  source: string,
  tokens: Token[],
): TemplateNode {
  const pipeline = new PipelineParser(words, source).whole();
  const { nodes: body, end } = parseNodes(tokens);
  return { kind, pipeline, body, otherwise: parseOtherwise(end, source, tokens) };
}

function parseOtherwise(end: BlockEnd | undefined, opened: string, tokens: Token[]): readonly TemplateNode[] {
  if (end === undefined) throw new TemplateError(`template parsing error: ${opened} has no {{end}}`);
  if (end.keyword === "end") return [];
  if (end.rest.length > 0) return [parseAction(end.rest, end.source, tokens)];
  const { nodes, end: last } = parseNodes(tokens);
  if (last?.keyword !== "end") throw new TemplateError(`template parsing error: ${opened} has no {{end}}`);
  return nodes;
}

function trimSpaces(words: readonly Word[]): readonly Word[] {
  const isSpace = (word: Word | undefined) => word?.kind === "sign" && word.text === " ";
  const start = isSpace(words[0]) ? 1 : 0;
  return words.slice(start, isSpace(words.at(-1)) ? -1 : undefined);
}

class PipelineParser {
  readonly #words: readonly Word[];
  readonly #source: string;
  #at = 0;

  constructor(words: readonly Word[], source: string) {
    this.#words = words;
    this.#source = source;
  }

  whole(): Pipeline {
    const pipeline = this.#pipeline();
    if (this.#at < this.#words.length) throw this.#unexpected();
    return pipeline;
  }

  #pipeline(): Pipeline {
    this.#skipSpace();
    const start = this.#at;
    const declares: string[] = [];
    for (let word = this.#words[this.#at]; word?.kind === "variable"; word = this.#words[this.#at]) {
      declares.push(word.text);
      this.#at += 1;
      this.#skipSpace();
      if (!this.#take(",")) break;
      this.#skipSpace();
    }
    const assigns = declares.length > 0 && this.#take("=");
    const declared = assigns || (declares.length > 0 && this.#take(":="));
    if (!declared) this.#at = start;
    const commands: (readonly Operand[])[] = [];
    do commands.push(this.#command());
    while (this.#take("|"));
    return { declares: declared ? declares : [], assigns, commands };
  }

  #command(): readonly Operand[] {
    const operands: Operand[] = [];
    for (this.#skipSpace(); ; this.#skipSpace()) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
    }
    if (operands.length === 0) throw this.#unexpected();
    return operands;
  }

  #operand(): Operand | undefined {
    const word = this.#words[this.#at];
    if (word === undefined) return undefined;
    if (word.kind === "field") return this.#path("dot");
    this.#at += 1;
    if (word.kind === "literal") return word;
    if (word.kind === "variable") return this.#path({ variable: word.text });
    if (word.kind === "name") return this.#named(word.text);
    if (word.text === ".") return { kind: "path", from: "dot", path: [] };
    if (word.text === "(") {
      const pipeline = this.#pipeline();
      if (!this.#take(")")) throw this.#unexpected();
      return this.#path({ pipeline });
    }
    this.#at -= 1;
    return undefined;
  }

  #named(name: string): Operand {
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "nil") return { kind: "literal", value: undefined };
    if (isFunction(name)) return { kind: "function", name };
    throw new TemplateError(`template parsing error: function "${name}" in ${this.#source} is not defined`);
  }

  #path(from: PathStart): Operand {
    const path: string[] = [];
    for (let word = this.#words[this.#at]; word?.kind === "field"; word = this.#words[this.#at]) {
      path.push(word.text);
      this.#at += 1;
    }
    return { kind: "path", from, path };
  }

  #take(sign: string): boolean {
    const word = this.#words[this.#at];
    const matches = word?.kind === "sign" && word.text === sign;
    if (matches) this.#at += 1;
    return matches;
  }

  #skipSpace(): void {
    this.#take(" ");
  }

  #unexpected(): TemplateError {
    const word = this.#words[this.#at];
    const text =
      word === undefined ? "end" : word.kind === "literal" ? JSON.stringify(word.value) : word.text;
    return new TemplateError(`template parsing error: unexpected ${text} in ${this.#source}`);
  }
}
