import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Scalar,
  type YAMLParseError,
} from "yaml";
import type { OffsetRange } from "../text/problem.ts";
import { type Entry, type MappingNode, type MergeTag, problemAt, startOf, type TreeNode } from "./tree.ts";
import type { ComposeProblem, Place } from "./types.ts";

/** More nodes than this, aliases written out, is an attack or a mistake; large real projects have some thousand. */
const MAXIMUM_NODES = 100_000;
const MAXIMUM_DEPTH = 100;
const MAXIMUM_LENGTH = 1 << 22;

export interface ComposeParse {
  /** Undefined when the file is empty. */
  readonly root: TreeNode | undefined;
  readonly problems: readonly ComposeProblem[];
}

/** YAML 1.2 text to a tree with places: anchors and merge keys are resolved. Never throws; `file` only names the places. */
export function parseCompose(text: string, file: string): ComposeParse {
  if (text.length > MAXIMUM_LENGTH)
    return unreadable(file, `the file is longer than ${MAXIMUM_LENGTH} characters`);
  const document = readDocument(text);
  if (document === undefined || document.errors.some(isOverflow))
    return unreadable(file, `values are nested more than ${MAXIMUM_DEPTH} levels deep`);
  const problems: ComposeProblem[] = withoutCascade(document.errors).map((error) =>
    problemAt(placeOf(file, widen(text, error.pos)), "yaml-syntax", yamlMessage(error.code, error.message)),
  );
  const converter = new Converter(file, document, problems);
  const root = document.contents === null ? undefined : converter.convert(document.contents, 0);
  // What is left of such a tree is not worth looking at, and later stages would take their time over it.
  if (converter.isTooLarge) return { root: undefined, problems: problems.slice(-1) };
  return { root, problems };
}

/** Undefined when the nesting is deeper than the library's recursion reaches. */
function readDocument(text: string): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      uniqueKeys: false,
      prettyErrors: false,
      merge: true,
      logLevel: "silent",
      intAsBigInt: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The library gives an exhausted stack as an error of the document; only the text tells. */
function isOverflow({ message }: YAMLParseError): boolean {
  return message.startsWith("Maximum call stack size");
}

function unreadable(file: string, message: string): ComposeParse {
  return { root: undefined, problems: [problemAt(startOf(file), "yaml-too-large", message)] };
}

/** After one mistake the library stumbles over everything that follows: every tab is told, of the rest the first. */
function withoutCascade(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  const tabs = errors.filter((error) => error.code === "TAB_AS_INDENT");
  const others = errors.filter((error) => error.code !== "TAB_AS_INDENT");
  return [...tabs, ...others.slice(0, 1)].toSorted((left, right) => left.pos[0] - right.pos[0]);
}

function yamlMessage(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "YAML does not allow tabs as indentation: use spaces";
  if (code === "UNEXPECTED_TOKEN")
    return "this does not belong here: the value has ended before it (quotes keep a text together)";
  return message;
}

/** An empty range is invisible in an editor: take one character. */
function widen(text: string, [from, to]: readonly [number, number]): OffsetRange {
  // The library points one past the end when something is missing there.
  const start = Math.min(from, text.length);
  const end = Math.min(to, text.length);
  if (end > start) return { start, end };
  if (start < text.length && text[start] !== "\n") return { start, end: start + 1 };
  return { start: Math.max(0, start - 1), end: start };
}

function placeOf(file: string, range: OffsetRange): Place {
  return { file, range };
}

/** Walks the library's nodes once; aliases share the converted node of their anchor. */
class Converter {
  readonly #file: string;
  readonly #document: Document;
  readonly #problems: ComposeProblem[];
  readonly #converting = new Set<unknown>();
  #count = 0;
  #overflowed = false;

  get isTooLarge(): boolean {
    return this.#overflowed;
  }

  constructor(file: string, document: Document, problems: ComposeProblem[]) {
    this.#file = file;
    this.#document = document;
    this.#problems = problems;
  }

  convert(node: unknown, depth: number): TreeNode {
    const place = this.#place(node);
    this.#count += 1;
    if (this.#count > MAXIMUM_NODES || depth > MAXIMUM_DEPTH) return this.#tooLarge(place);
    if (isAlias(node)) return this.#alias(node, place, depth);
    if (isScalar(node)) return this.#scalar(node, place);
    if (isSeq(node)) {
      const items = node.items.map((item) => this.convert(item, depth + 1));
      return { kind: "sequence", items, place, tag: mergeTag(node.tag) };
    }
    if (isMap(node)) return this.#mapping(node, place, depth);
    return { kind: "scalar", value: null, source: "", place };
  }

  #scalar(node: Scalar, place: Place): TreeNode {
    const tag = mergeTag(node.tag);
    const raw = node.value;
    const source = node.source ?? "";
    const isPlain =
      typeof raw === "string" || typeof raw === "number" || typeof raw === "boolean" || raw === null;
    return { kind: "scalar", value: isPlain ? raw : source, source, place, tag };
  }

  #alias(node: unknown, place: Place, depth: number): TreeNode {
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target === undefined || this.#converting.has(target)) {
      const why = target === undefined ? "no anchor of this name stands before it" : "it refers to itself";
      this.#report(place, "yaml-alias", `alias ${isAlias(node) ? `*${node.source}` : ""}: ${why}`);
      return { kind: "scalar", value: null, source: "", place };
    }
    return this.convert(target, depth + 1);
  }

  #mapping(node: unknown, place: Place, depth: number): MappingNode {
    if (!isMap(node)) return { kind: "mapping", entries: [], place };
    this.#converting.add(node);
    const own = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const pair of node.items) {
      const keyPlace = this.#place(pair.key);
      const key = this.#key(pair.key);
      const value =
        pair.value === null
          ? { kind: "scalar" as const, value: null, source: "", place: keyPlace }
          : this.convert(pair.value, depth + 1);
      if (
        key === "<<" &&
        isScalar(pair.key) &&
        pair.key.type !== "QUOTE_DOUBLE" &&
        pair.key.type !== "QUOTE_SINGLE"
      ) {
        merged.push(...this.#mergeSources(value, keyPlace));
        continue;
      }
      if (own.has(key)) this.#report(keyPlace, "duplicate-key", `key "${key}" is given twice`);
      own.set(key, { key, keyPlace, value });
    }
    this.#converting.delete(node);
    const inherited = new Map<string, Entry>();
    for (const candidate of merged) {
      if (!own.has(candidate.key) && !inherited.has(candidate.key)) inherited.set(candidate.key, candidate);
    }
    return {
      kind: "mapping",
      entries: [...inherited.values(), ...own.values()],
      place,
      tag: mergeTag(node.tag),
    };
  }

  #mergeSources(value: TreeNode, place: Place): readonly Entry[] {
    if (value.kind === "mapping") return value.entries;
    if (value.kind === "sequence" && value.items.every((item) => item.kind === "mapping")) {
      return value.items.flatMap((item) => (item.kind === "mapping" ? item.entries : []));
    }
    this.#report(place, "yaml-merge-key", "a merge key (<<) takes a mapping or a list of mappings");
    return [];
  }

  #key(key: unknown): string {
    if (isScalar(key)) return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
    if (isAlias(key)) {
      const target = key.resolve(this.#document);
      if (isScalar(target)) return String(target.value);
    }
    this.#report(this.#place(key), "yaml-key", "a key must be a string");
    return "";
  }

  #place(node: unknown): Place {
    const range = isRanged(node) ? node.range : undefined;
    if (range === undefined || range === null) return startOf(this.#file);
    return placeOf(this.#file, { start: range[0], end: range[1] });
  }

  #tooLarge(place: Place): TreeNode {
    if (!this.#overflowed) {
      this.#overflowed = true;
      this.#report(
        place,
        "yaml-too-large",
        `the file has more than ${MAXIMUM_NODES} values or ${MAXIMUM_DEPTH} levels once its aliases are written out`,
      );
    }
    return { kind: "scalar", value: null, source: "", place };
  }

  #report(place: Place, code: string, message: string): void {
    this.#problems.push(problemAt(place, code, message));
  }
}

interface Ranged {
  readonly range?: readonly [number, number, number] | null;
}

function isRanged(node: unknown): node is Ranged {
  return typeof node === "object" && node !== null && "range" in node;
}

function mergeTag(tag: string | undefined): MergeTag | undefined {
  if (tag === "!reset") return "reset";
  if (tag === "!override") return "override";
  return undefined;
}
