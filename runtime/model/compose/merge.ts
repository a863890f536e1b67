import {
  child,
  type Entry,
  isNull,
  type MappingNode,
  type SequenceNode,
  type TreeNode,
  textOf,
} from "./tree.ts";

/**
 * A later file over an earlier one, both in long form: mappings key by key, lists appended, single values replaced.
 * `!reset` takes a value away, `!override` replaces it whole. Source: Compose specification, "Merge Compose files".
 */
export function mergeTrees(earlier: TreeNode, later: TreeNode, path: readonly string[] = []): TreeNode {
  if (later.tag === "override" || earlier.kind !== later.kind)
    return isNull(later) ? earlier : withoutTags(later);
  if (earlier.kind === "mapping" && later.kind === "mapping") return mergeMappings(earlier, later, path);
  if (earlier.kind === "sequence" && later.kind === "sequence") return mergeSequences(earlier, later, path);
  return isNull(later) && !isNull(earlier) ? earlier : later;
}

/**
 * Acts on the tags of a single file: nothing is earlier, so what `!reset` marks is gone. What has no tags stays the same
 * object, which is nearly everything.
 */
export function withoutTags(node: TreeNode): TreeNode {
  switch (node.kind) {
    case "scalar":
      return node.tag === undefined ? node : { ...node, tag: undefined };
    case "sequence": {
      const items = node.items.filter((item) => item.tag !== "reset").map(withoutTags);
      const isSame = node.tag === undefined && items.length === node.items.length;
      return isSame && items.every((item, index) => item === node.items[index])
        ? node
        : { ...node, tag: undefined, items };
    }
    case "mapping": {
      const kept = node.entries.filter((item) => item.value.tag !== "reset");
      const entries = kept.map((item) => {
        const value = withoutTags(item.value);
        return value === item.value ? item : { ...item, value };
      });
      const isSame = node.tag === undefined && entries.length === node.entries.length;
      return isSame && entries.every((item, index) => item === node.entries[index])
        ? node
        : { ...node, tag: undefined, entries };
    }
  }
}

function mergeMappings(earlier: MappingNode, later: MappingNode, path: readonly string[]): MappingNode {
  if (isAt(path, LOGGING) && driverDiffers(earlier, later)) return later;
  const entries = new Map<string, Entry>(earlier.entries.map((item) => [item.key, item]));
  for (const item of later.entries) {
    const before = entries.get(item.key);
    if (item.value.tag === "reset") entries.delete(item.key);
    else if (before === undefined) entries.set(item.key, { ...item, value: withoutTags(item.value) });
    else entries.set(item.key, { ...item, value: mergeTrees(before.value, item.value, [...path, item.key]) });
  }
  return { ...later, entries: [...entries.values()] };
}

const LOGGING = ["services", "*", "logging"];
const REPLACED = [
  ["services", "*", "command"],
  ["services", "*", "entrypoint"],
  ["services", "*", "healthcheck", "test"],
];
/** Lists of things that are one when they have the same target. */
const KEYED: readonly { readonly path: readonly string[]; readonly key: readonly string[] }[] = [
  { path: ["services", "*", "volumes"], key: ["target"] },
  { path: ["services", "*", "secrets"], key: ["target", "source"] },
  { path: ["services", "*", "configs"], key: ["target", "source"] },
  { path: ["services", "*", "devices"], key: ["target"] },
];

function mergeSequences(earlier: SequenceNode, later: SequenceNode, path: readonly string[]): SequenceNode {
  if (REPLACED.some((pattern) => isAt(path, pattern))) return later;
  const keyed = KEYED.find((rule) => isAt(path, rule.path));
  const identify = keyed === undefined ? wholeKey : (node: TreeNode) => firstKey(node, keyed.key);
  const items = new Map<string, TreeNode>();
  for (const item of [...earlier.items, ...later.items]) {
    if (item.tag === "reset") continue;
    items.set(identify(item) ?? `#${items.size}`, withoutTags(item));
  }
  return { ...later, items: [...items.values()] };
}

function firstKey(node: TreeNode, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const text = textOf(child(node, key));
    if (text !== undefined) return text;
  }
  return undefined;
}

/** A value as one text: equal values of a list are one. */
function wholeKey(node: TreeNode): string {
  switch (node.kind) {
    case "scalar":
      return JSON.stringify(textOf(node) ?? null);
    case "sequence":
      return `[${node.items.map(wholeKey).join()}]`;
    case "mapping":
      return `{${node.entries.map((item) => `${JSON.stringify(item.key)}:${wholeKey(item.value)}`).join()}}`;
  }
}

function driverDiffers(earlier: MappingNode, later: MappingNode): boolean {
  const after = textOf(child(later, "driver"));
  const before = textOf(child(earlier, "driver"));
  return after !== undefined && before !== undefined && after !== before;
}

function isAt(path: readonly string[], pattern: readonly string[]): boolean {
  return (
    path.length === pattern.length && pattern.every((step, index) => step === "*" || step === path[index])
  );
}
