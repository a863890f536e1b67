import { isAlias, isMap, isNode, isScalar, isSeq, type Scalar } from "yaml";
import type { Anchored, Surroundings } from "./surroundings.ts";
import { type Entry, type MappingNode, type MergeTag, problemAt, startOf, type TreeNode } from "./tree.ts";
import type { ComposeProblem, Place } from "./types.ts";

/** More nodes than this, aliases written out, is an attack or a mistake; large real projects have some thousand. */
export const MAXIMUM_NODES = 100_000;
export const MAXIMUM_DEPTH = 100;

/** Walks the library's nodes; an alias is converted as what its anchor stands for, once more each time. */
export class Converter {
  /** What this text's own anchors stand for. */
  readonly anchors = new Map<string, Anchored>();
  readonly #file: string;
  readonly #problems: ComposeProblem[];
  readonly #surroundings: Surroundings;
  readonly #converting = new Set<unknown>();
  /** The node that has each anchor so far; the library would search the whole document for every alias. */
  readonly #named = new Map<string, unknown>();
  readonly #seen = new Set<unknown>();
  readonly #reported = new Set<string>();
  #count = 0;
  #deepest = 0;
  #overflowed = false;

  get isTooLarge(): boolean {
    return this.#overflowed;
  }

  /** Values so far, aliases written out. */
  get count(): number {
    return this.#count;
  }

  constructor(file: string, problems: ComposeProblem[], surroundings: Surroundings) {
    this.#file = file;
    this.#problems = problems;
    this.#surroundings = surroundings;
  }

  convert(node: unknown, depth: number): TreeNode {
    const name = isNode(node) && !isAlias(node) ? node.anchor : undefined;
    // What an alias stands for is converted again, and then its anchors are not new.
    if (name === undefined || this.#seen.has(node)) return this.#convertNode(node, depth);
    this.#seen.add(node);
    this.#named.set(name, node);
    const before = this.#count;
    const deepest = this.#deepest;
    this.#deepest = depth;
    const converted = this.#convertNode(node, depth);
    const height = this.#deepest - depth;
    this.anchors.set(name, { node: converted, count: this.#count - before, height });
    this.#deepest = Math.max(deepest, this.#deepest);
    return converted;
  }

  #convertNode(node: unknown, depth: number): TreeNode {
    const place = this.#place(node);
    this.#count += 1;
    this.#deepest = Math.max(this.#deepest, depth);
    if (this.#count > MAXIMUM_NODES || depth > MAXIMUM_DEPTH) return this.#tooLarge(place);
    if (isAlias(node)) return this.#alias(node, place, depth);
    if (isScalar(node)) return this.#scalar(node, place);
    if (isSeq(node)) {
      this.#converting.add(node);
      const items = node.items.map((item) => this.convert(item, depth + 1));
      this.#converting.delete(node);
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
    const target = isAlias(node) ? this.#named.get(node.source) : undefined;
    const outer = target === undefined && isAlias(node) ? this.#surroundings.anchor(node.source) : undefined;
    if (outer !== undefined) {
      this.#count += outer.count;
      const isTooDeep = depth + outer.height > MAXIMUM_DEPTH;
      return isTooDeep || this.#count > MAXIMUM_NODES ? this.#tooLarge(place) : outer.node;
    }
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
    const entries = [...inherited.values(), ...own.values()];
    const shadowed = merged.filter(({ key }) => own.has(key));
    const mapping: MappingNode = { kind: "mapping", entries, place, tag: mergeTag(node.tag) };
    return shadowed.length === 0 ? mapping : { ...mapping, shadowed };
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
    if (isScalar(key)) {
      if (key.anchor !== undefined) this.#named.set(key.anchor, key);
      return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
    }
    if (isAlias(key)) {
      const target = this.#named.get(key.source);
      if (isScalar(target)) return String(target.value);
    }
    this.#report(this.#place(key), "yaml-key", "a key must be a string");
    return "";
  }

  #place(node: unknown): Place {
    const range = isRanged(node) ? node.range : undefined;
    if (range === undefined || range === null) return startOf(this.#file);
    return { file: this.#file, range: this.#surroundings.rangeAt(range[0], range[1]) };
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

  /** What stands below an anchor is converted once for every alias; its mistakes count once. */
  #report(place: Place, code: string, message: string): void {
    const mistake = `${place.range.start} ${code}`;
    if (this.#reported.has(mistake)) return;
    this.#reported.add(mistake);
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
