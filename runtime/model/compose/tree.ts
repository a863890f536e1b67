import type { OffsetRange, Severity } from "../text/problem.ts";
import type { ComposeProblem, Place } from "./types.ts";

export type ScalarValue = string | number | boolean | null;

/** Compose's own tags: `!reset` takes the value of earlier files away, `!override` replaces it whole. */
export type MergeTag = "reset" | "override";

interface NodeBase {
  readonly place: Place;
  readonly tag?: MergeTag;
}
export interface ScalarNode extends NodeBase {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  /** As written, quotes removed. */
  readonly source: string;
}
export interface SequenceNode extends NodeBase {
  readonly kind: "sequence";
  readonly items: readonly TreeNode[];
}
export interface MappingNode extends NodeBase {
  readonly kind: "mapping";
  /** Keys are unique. */
  readonly entries: readonly Entry[];
  /** What a merge key (`<<`) would have given, had the mapping not the same keys of its own. */
  readonly shadowed?: readonly Entry[];
}
export interface Entry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: TreeNode;
}

/** A YAML value with its place; all stages from parse to normalise work on these. */
export type TreeNode = ScalarNode | SequenceNode | MappingNode;

/** Takes the problems that a stage finds. */
export type Report = (problem: ComposeProblem) => void;

/** Makes a problem. */
export function problemAt(
  place: Place,
  code: string,
  message: string,
  severity: Severity = "error",
): ComposeProblem {
  return { file: place.file, range: place.range, code, message, severity };
}

/** The value of `key`, if the node is a mapping that has it. */
export function child(node: TreeNode | undefined, key: string): TreeNode | undefined {
  return entry(node, key)?.value;
}

/** The entry of `key`, if the node is a mapping that has it. */
export function entry(node: TreeNode | undefined, key: string): Entry | undefined {
  if (node?.kind !== "mapping") return undefined;
  if (node.entries.length <= FEW) return node.entries.find((candidate) => candidate.key === key);
  let index = indexes.get(node);
  if (index === undefined) {
    index = new Map(node.entries.map((candidate) => [candidate.key, candidate]));
    indexes.set(node, index);
  }
  return index.get(key);
}

/** Up to so many entries are searched; larger mappings get an index, or a project would take time by its size squared. */
const FEW = 32;
const indexes = new WeakMap<MappingNode, ReadonlyMap<string, Entry>>();

/** The entries of a mapping; none for anything else. */
export function entriesOf(node: TreeNode | undefined): readonly Entry[] {
  return node?.kind === "mapping" ? node.entries : [];
}

/** Whether the value is nothing: absent or null. */
export function isNull(node: TreeNode | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}

/** The mapping with `key` set (in place, or at the end). */
export function withEntry(node: MappingNode, added: Entry): MappingNode {
  const at = node.entries.findIndex((candidate) => candidate.key === added.key);
  const entries = at < 0 ? [...node.entries, added] : node.entries.with(at, added);
  return { ...node, entries };
}

/** The mapping without the keys. */
export function withoutEntries(node: MappingNode, keys: readonly string[]): MappingNode {
  return { ...node, entries: node.entries.filter((candidate) => !keys.includes(candidate.key)) };
}

/** A scalar that stands for something written at `place`. */
export function scalarAt(place: Place, value: ScalarValue): ScalarNode {
  return { kind: "scalar", value, source: value === null ? "" : String(value), place };
}

/** A mapping of plain scalars written at `place`; undefined values are left out. */
export function mappingAt(
  place: Place,
  values: Readonly<Record<string, ScalarValue | TreeNode | undefined>>,
): MappingNode {
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const node = typeof value === "object" && value !== null ? value : scalarAt(place, value);
    entries.push({ key, keyPlace: place, value: node });
  }
  return { kind: "mapping", entries, place };
}

/** A scalar's text: what Compose makes of numbers and booleans where a string is wanted. Undefined for null and collections. */
export function textOf(node: TreeNode | undefined): string | undefined {
  if (node?.kind !== "scalar" || node.value === null) return undefined;
  if (typeof node.value === "number" && Number.isInteger(node.value) && /^[-+]?\d+$/.test(node.source))
    return node.source;
  return String(node.value);
}

/** The place nearest to `path` (keys and indexes): as deep as the tree goes. Keys win over values at the end of the path. */
export function placeAt(root: TreeNode, path: readonly (string | number)[]): Place {
  let node: TreeNode = root;
  let place = root.place;
  for (const step of path) {
    if (node.kind === "mapping") {
      const found: Entry | undefined = entry(node, String(step));
      if (found === undefined) return place;
      place = found.keyPlace;
      node = found.value;
    } else if (node.kind === "sequence" && typeof step === "number") {
      const item: TreeNode | undefined = node.items[step];
      if (item === undefined) return place;
      place = item.place;
      node = item;
    } else return place;
  }
  return place;
}

/** An empty range at the start of a file. */
export function startOf(file: string): Place {
  const range: OffsetRange = { start: 0, end: 0 };
  return { file, range };
}
