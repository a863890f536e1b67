import { type Environment, interpolateText, lookUp } from "../../../runtime/model/compose/interpolate.ts";
import type { TreeNode } from "../../../runtime/model/compose/tree.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion, Hover } from "../feature.ts";
import { scalars } from "./structure.ts";

/** A value with variables and what becomes of it. */
export interface InterpolatedValue {
  readonly range: OffsetRange;
  readonly value: string;
}

/** The values of a file that have variables, in the order of the tree; each place once. */
export function interpolatedValues(
  root: TreeNode | undefined,
  environment: Environment,
): readonly InterpolatedValue[] {
  const found = new Map<number, InterpolatedValue>();
  for (const { value, place } of root === undefined ? [] : scalars(root)) {
    if (typeof value !== "string" || !/\$[{A-Za-z_]/.test(value)) continue;
    const effective = interpolateText(value, environment, place, () => {});
    found.set(place.range.start, { range: place.range, value: effective });
  }
  return [...found.values()];
}

/** The effective value of what stands at an offset, and where its variables have theirs from. */
export function hoverInterpolated(
  text: string,
  root: TreeNode | undefined,
  environment: Environment,
  offset: number,
): Hover | undefined {
  const found = interpolatedValues(root, environment).find(
    ({ range }) => range.start <= offset && offset <= range.end,
  );
  if (found === undefined) return undefined;
  const written = text.slice(found.range.start, found.range.end);
  const names = new Set([...written.matchAll(/(?<!\$)\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1]!));
  const lines = [...names].map((name) => {
    const value = lookUp(environment, name);
    return value === undefined ? `- \`${name}\` is not set` : `- \`${name}\` = \`${value}\``;
  });
  return { markdown: `Effective value: \`${found.value}\`\n\n${lines.join("\n")}`, range: found.range };
}

/** The variables that are known, where one is being written. */
export function completeInterpolation(
  text: string,
  environment: Environment,
  offset: number,
): readonly Completion[] {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const written = /(?<!\$)\$(\{?)(\w*)$/.exec(line);
  if (written === null) return [];
  const range = { start: offset - written[2]!.length, end: offset };
  const close = written[1] === "{" && text[offset] !== "}" ? "}" : "";
  return Object.keys(environment).map((name) => ({
    label: name,
    kind: "variable",
    detail: lookUp(environment, name) ?? "",
    insert: name + close,
    isSnippet: false,
    range,
    sort: `0${name}`,
  }));
}
