import { nearestWord } from "./nearest-word.ts";
import { parseCpuNano, parseDurationMs, parseFileMode, parseSizeBytes } from "./quantities.ts";
import {
  child,
  type Entry,
  entriesOf,
  isNull,
  problemAt,
  type Report,
  type TreeNode,
  textOf,
} from "./tree.ts";
import type { Place, StringMap, UnmodelledKey } from "./types.ts";

/** Reads the keys of one mapping, typed; reports what has the wrong type, and at the end what nobody asked for. */
export class Fields {
  readonly place: Place;
  readonly #node: TreeNode | undefined;
  readonly #path: string;
  readonly #report: Report;
  readonly #read = new Set<string>();

  /** `path` names the mapping in messages: `services.web.build`. */
  constructor(node: TreeNode | undefined, place: Place, path: string, report: Report) {
    this.#node = node;
    this.#path = path;
    this.#report = report;
    this.place = node?.place ?? place;
    if (node !== undefined && !isNull(node) && node.kind !== "mapping") {
      report(problemAt(node.place, "invalid-type", `${path} must be a mapping`));
    }
  }

  has(key: string): boolean {
    return !isNull(child(this.#node, key));
  }

  /** The value as it stands; the key counts as read. */
  node(key: string): TreeNode | undefined {
    this.#read.add(key);
    const value = child(this.#node, key);
    return isNull(value) ? undefined : value;
  }

  text(key: string): string | undefined {
    return this.#scalar(key, "a string", (text) => text);
  }

  flag(key: string): boolean | undefined {
    const words: ReadonlyMap<string, boolean> = BOOLEANS;
    return this.#scalar(key, "true or false", (text) => words.get(text.toLowerCase()));
  }

  integer(key: string): number | undefined {
    return this.#scalar(key, "a whole number", (text) =>
      /^[-+]?\d+$/.test(text) ? Number(text) : undefined,
    );
  }

  sizeBytes(key: string): number | undefined {
    return this.#scalar(key, "a size (64m, 1gb)", (text) => (text === "-1" ? -1 : parseSizeBytes(text)));
  }

  durationMs(key: string): number | undefined {
    return this.#scalar(key, "a duration (1m30s)", parseDurationMs);
  }

  cpuNano(key: string): number | undefined {
    return this.#scalar(key, "a number of CPUs (0.5)", parseCpuNano);
  }

  fileMode(key: string): number | undefined {
    const node = this.node(key);
    // 0440 is octal to Compose, decimal to YAML 1.2: the source tells.
    const mode = node?.kind === "scalar" ? parseFileMode(node.source) : undefined;
    if (node !== undefined && mode === undefined) this.#wrong(node, key, "a file mode (0440)");
    return mode;
  }

  oneOf<T extends string>(key: string, words: readonly T[]): T | undefined {
    return this.#scalar(key, `one of ${words.join(", ")}`, (text) => words.find((word) => word === text));
  }

  texts(key: string): readonly string[] {
    return this.items(key, "a list of strings").flatMap((item) => {
      const text = textOf(item);
      if (text === undefined) this.#wrong(item, key, "a list of strings");
      return text === undefined ? [] : [text];
    });
  }

  items(key: string, expected = "a list"): readonly TreeNode[] {
    const node = this.node(key);
    if (node === undefined) return [];
    if (node.kind === "sequence") return node.items;
    this.#wrong(node, key, expected);
    return [];
  }

  entries(key: string): readonly Entry[] {
    const node = this.node(key);
    if (node !== undefined && node.kind !== "mapping") this.#wrong(node, key, "a mapping");
    return entriesOf(node);
  }

  /** Names and values; what has no value is the empty text. */
  map(key: string): StringMap {
    return Object.fromEntries(this.#pairs(key).map(([name, value]) => [name, value ?? ""]));
  }

  /** Names and values; what has no value is null. */
  nullableMap(key: string): Readonly<Record<string, string | null>> {
    return Object.fromEntries(this.#pairs(key));
  }

  fields(key: string): Fields {
    return new Fields(this.node(key), this.place, `${this.#path}.${key}`, this.#report);
  }

  /** One `Fields` per item of a list. */
  list(key: string): readonly Fields[] {
    return this.items(key).map((item, index) => this.item(item, `${key}[${index}]`));
  }

  /** `Fields` of a value already taken out. */
  item(node: TreeNode, key: string): Fields {
    return new Fields(node, node.place, `${this.#path}.${key}`, this.#report);
  }

  report(key: string | undefined, code: string, message: string): void {
    const found = key === undefined ? undefined : child(this.#node, key);
    this.#report(problemAt(found?.place ?? this.place, code, message));
  }

  /** Reports keys that do not exist; gives those that exist (`others`) and nobody read, as paths from `prefix`. */
  finish(others: readonly string[], prefix = ""): readonly UnmodelledKey[] {
    const unmodelled: UnmodelledKey[] = [];
    for (const item of entriesOf(this.#node)) {
      if (this.#read.has(item.key) || item.key.startsWith("x-")) continue;
      if (others.includes(item.key)) {
        if (!isNull(item.value)) unmodelled.push({ path: `${prefix}${item.key}`, place: item.keyPlace });
      } else this.#unknown(item, [...this.#read, ...others]);
    }
    return unmodelled;
  }

  #unknown(item: Entry, known: readonly string[]): void {
    const suggestion = nearestWord(item.key, known);
    const hint = suggestion === undefined ? "" : `: did you mean "${suggestion}"?`;
    const problem = problemAt(item.keyPlace, "unknown-key", `${this.#path} has no key "${item.key}"${hint}`);
    const edits = [{ range: item.keyPlace.range, text: suggestion ?? item.key }];
    const fix = { title: `Change to "${suggestion}"`, edits, isSafe: false };
    this.#report(suggestion === undefined ? problem : { ...problem, fixes: [fix] });
  }

  #pairs(key: string): readonly (readonly [string, string | null])[] {
    return this.entries(key).map((item) => {
      if (item.value.kind !== "scalar") this.#wrong(item.value, `${key}.${item.key}`, "a single value");
      return [item.key, textOf(item.value) ?? null] as const;
    });
  }

  #scalar<T>(key: string, expected: string, read: (text: string) => T | undefined): T | undefined {
    const node = this.node(key);
    if (node === undefined) return undefined;
    const text = textOf(node);
    const value = text === undefined ? undefined : read(text);
    if (value === undefined) this.#wrong(node, key, expected);
    return value;
  }

  #wrong(node: TreeNode, key: string, expected: string): void {
    const found = node.kind === "scalar" ? `, not "${textOf(node) ?? "null"}"` : "";
    this.#report(problemAt(node.place, "invalid-type", `${this.#path}.${key} must be ${expected}${found}`));
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["y", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["n", false],
  ["0", false],
]);
