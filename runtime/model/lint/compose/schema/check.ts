import { nearestWord } from "../../../compose/nearest-word.ts";
import { child, type TreeNode } from "../../../compose/tree.ts";
import type { OffsetRange, Problem, QuickFix } from "../../../text/problem.ts";
import type { Schema } from "./shape.ts";

/** A mistake with how deep in the document it lies: of several forms the one that fits furthest is meant. */
interface Mistake {
  readonly range: OffsetRange;
  readonly message: string;
  readonly depth: number;
  readonly fixes?: readonly QuickFix[];
}

/**
 * What a tree has that the schema does not allow. Knows the keywords that `shape.ts` makes: type, enum, oneOf, anyOf,
 * properties, patternProperties, additionalProperties, required and items. A text with a variable fits any scalar.
 */
export function checkSchema(tree: TreeNode, schema: Schema): readonly Problem[] {
  return mistakes(tree, schema, 0).map(({ range, message, fixes }) => ({
    ...{ code: "compose-schema", message, severity: "error", range },
    ...(fixes === undefined ? {} : { fixes }),
  }));
}

function mistakes(node: TreeNode, schema: Schema, depth: number): readonly Mistake[] {
  if (node.tag === "reset") return [];
  const wrong = wrongType(node, schema, depth);
  if (wrong !== undefined) return [wrong];
  const forms = schemas(schema.oneOf) ?? schemas(schema.anyOf);
  const found: Mistake[] = [];
  if (forms !== undefined) found.push(...nearestForm(node, forms, depth));
  if (Array.isArray(schema.enum) && node.kind === "scalar" && !schema.enum.includes(node.value)) {
    if (!isVariable(node)) {
      const message = `the value must be one of ${schema.enum.join(", ")}`;
      found.push({ range: node.place.range, message, depth });
    }
  }
  if (node.kind === "mapping") found.push(...inMapping(node, schema, depth));
  if (node.kind === "sequence" && isSchema(schema.items)) {
    for (const item of node.items) found.push(...mistakes(item, schema.items, depth + 1));
  }
  return found;
}

/** None when one form fits; else those of the form that fits furthest, or one that names what is expected. */
function nearestForm(node: TreeNode, forms: readonly Schema[], depth: number): readonly Mistake[] {
  let best: readonly Mistake[] | undefined;
  for (const form of forms) {
    const found = mistakes(node, form, depth);
    if (found.length === 0) return [];
    if (best === undefined || deepest(found) > deepest(best)) best = found;
  }
  if (best === undefined || deepest(best) > depth || node.kind === "mapping") return best ?? [];
  const types = forms.flatMap((form) => typesOf(form) ?? []);
  if (types.length < 2) return best;
  return [{ range: node.place.range, message: expectation([...new Set(types)]), depth }];
}

function deepest(found: readonly Mistake[]): number {
  return found.reduce((deep, { depth }) => Math.max(deep, depth), 0);
}

function inMapping(node: TreeNode & { kind: "mapping" }, schema: Schema, depth: number): readonly Mistake[] {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const found: Mistake[] = [];
  for (const { key, keyPlace, value } of node.entries) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const fitting = own ?? matching(schema, key);
    const next = fitting ?? (isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined);
    if (isSchema(next)) found.push(...mistakes(value, next, depth + 1));
    else if (schema.additionalProperties === false)
      found.push(unknownKey(key, keyPlace.range, Object.keys(properties), depth + 1));
  }
  for (const key of Array.isArray(schema.required) ? schema.required : []) {
    if (typeof key !== "string" || child(node, key) !== undefined) continue;
    found.push({ range: node.place.range, message: `the key "${key}" is missing`, depth: depth + 1 });
  }
  return found;
}

function unknownKey(key: string, range: OffsetRange, known: readonly string[], depth: number): Mistake {
  const nearest = nearestWord(key, known);
  const message = `there is no key "${key}" here`;
  if (nearest === undefined) return { range, message, depth };
  const fix = { title: `Change to "${nearest}"`, edits: [{ range, text: nearest }], isSafe: true };
  return { range, message: `${message}: did you mean "${nearest}"?`, depth, fixes: [fix] };
}

/** Looked for only where a key is none of the schema's own: those are by far the most. */
function matching({ patternProperties }: Schema, key: string): unknown {
  if (!isSchema(patternProperties)) return undefined;
  return Object.entries(patternProperties).find(([pattern]) => new RegExp(pattern).test(key))?.[1];
}

function wrongType(node: TreeNode, schema: Schema, depth: number): Mistake | undefined {
  const types = typesOf(schema);
  if (types === undefined || types.some((type) => hasType(node, type))) return undefined;
  return { range: node.place.range, message: expectation(types), depth };
}

function hasType(node: TreeNode, type: string): boolean {
  if (node.kind === "mapping") return type === "object";
  if (node.kind === "sequence") return type === "array";
  if (type === "object" || type === "array") return false;
  if (type === "null") return node.value === null;
  if (isVariable(node)) return true;
  if (type === "integer") return Number.isInteger(node.value);
  return typeof node.value === type;
}

function isVariable(node: TreeNode): boolean {
  return node.kind === "scalar" && typeof node.value === "string" && node.value.includes("$");
}

const NAMES: Readonly<Record<string, string>> = {
  string: "a text (in quotes where it looks like something else)",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
  object: "a mapping",
  array: "a list",
};

function expectation(types: readonly string[]): string {
  return `the value must be ${types.map((type) => NAMES[type] ?? type).join(" or ")}`;
}

function typesOf({ type }: Schema): readonly string[] | undefined {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === "string") : undefined;
}

function schemas(value: unknown): readonly Schema[] | undefined {
  return Array.isArray(value) ? value.filter(isSchema) : undefined;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
