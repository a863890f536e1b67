import { type Entry, entriesOf, type MappingNode, type TreeNode } from "../../../compose/tree.ts";
import type { Finding } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";
import { pairsOf } from "../written.ts";

/** Source: YAML 1.1 types, "Merge Key": an existing key wins, and its value is not merged with the other. */
export const shallowMerge: ComposeRule = {
  name: "shallow-merge",
  codes: [],
  summary: "A merge key does not merge what lies deeper",
  documentation:
    "`<<` takes over keys as they are: where the mapping has the same key itself, the whole value is replaced, and what only the anchor had below that key is lost. Give the inner mapping an anchor too, and merge it with `<<` of its own.",
  severity: "info",
  scope: "service",
  check: ({ node }) => inside(node),
};

function* inside(node: TreeNode): Iterable<Finding> {
  if (node.kind !== "mapping") return;
  for (const inherited of node.shadowed ?? []) {
    const finding = replaced(node, inherited);
    if (finding !== undefined) yield finding;
  }
  for (const { value } of node.entries) yield* inside(value);
}

function replaced(node: MappingNode, inherited: Entry): Finding | undefined {
  const own = node.entries.find(({ key }) => key === inherited.key);
  if (own === undefined || !isCollection(inherited.value) || !isCollection(own.value)) return undefined;
  const names = new Set(namesOf(own.value));
  const lost = namesOf(inherited.value).filter((name) => !names.has(name));
  if (lost.length === 0) return undefined;
  const list = lost.slice(0, 5).join(", ") + (lost.length > 5 ? ", …" : "");
  return {
    range: own.keyPlace.range,
    message: `${own.key} replaces the merged-in one whole: ${list} ${lost.length === 1 ? "is" : "are"} lost`,
  };
}

/** Lists are meant to be replaced, except those of names and values. */
function isCollection(node: TreeNode): boolean {
  return (
    node.kind === "mapping" ||
    (node.kind === "sequence" && pairsOf(node).some(({ value }) => value !== undefined))
  );
}

function namesOf(node: TreeNode): readonly string[] {
  return node.kind === "mapping"
    ? entriesOf(node).map(({ key }) => key)
    : pairsOf(node).map(({ name }) => name);
}
