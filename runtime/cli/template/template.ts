import { callFunction, isTrue } from "./functions.ts";
import { parseTemplate } from "./parse.ts";
import { printValue } from "./print.ts";
import { TemplateError } from "./template-error.ts";
import type { Operand, Pipeline, TemplateNode } from "./tree.ts";

/**
 * What stands after `--format`: a Go template, or `json`. The result throws `TemplateError` for a field that there is not.
 * `\t` and `\n` outside of actions are a tab and a new line.
 */
export function compileTemplate(source: string): (value: unknown) => string {
  if (source === "json") return (value) => JSON.stringify(value);
  const nodes = parseTemplate(source);
  return (value) => {
    const output: string[] = [];
    execute(nodes, value, new Map([["", value]]), output);
    return output.join("");
  };
}

type Variables = Map<string, unknown>;

function execute(nodes: readonly TemplateNode[], dot: unknown, variables: Variables, output: string[]): void {
  for (const node of nodes) {
    if (node.kind === "text") output.push(node.text);
    else if (node.kind === "print") {
      const value = evaluate(node.pipeline, dot, variables);
      if (node.pipeline.declares.length === 0) output.push(printValue(value));
    } else if (node.kind === "range") executeRange(node, dot, variables, output);
    else {
      const inner = new Map(variables);
      const value = evaluate(node.pipeline, dot, inner);
      const chosen = isTrue(value) ? node.body : node.otherwise;
      execute(chosen, node.kind === "with" && isTrue(value) ? value : dot, inner, output);
      keepAssigned(variables, inner);
    }
  }
}

function executeRange(
  node: Extract<TemplateNode, { readonly pipeline: Pipeline; readonly body: readonly TemplateNode[] }>,
  dot: unknown,
  variables: Variables,
  output: string[],
): void {
  const { declares } = node.pipeline;
  const entries = entriesOf(evaluate({ ...node.pipeline, declares: [] }, dot, variables));
  if (entries.length === 0) execute(node.otherwise, dot, variables, output);
  for (const [key, value] of entries) {
    const inner = new Map(variables);
    const [first, second] = declares;
    if (second !== undefined && first !== undefined) inner.set(first, key).set(second, value);
    else if (first !== undefined) inner.set(first, value);
    execute(node.body, value, inner, output);
    keepAssigned(variables, inner);
  }
}

/** `=` changes a variable of the block around; what was declared inside ends with it. */
function keepAssigned(outer: Variables, inner: Variables): void {
  for (const name of outer.keys()) outer.set(name, inner.get(name));
}

/** Maps in the order of their keys, as Go walks them. */
function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((each, index) => [index, each] as const);
  if (typeof value === "object") return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  throw new TemplateError(`template: range can't iterate over ${printValue(value)}`);
}

function evaluate(pipeline: Pipeline, dot: unknown, variables: Variables): unknown {
  let value: unknown;
  pipeline.commands.forEach((operands, index) => {
    value = evaluateCommand(operands, index === 0 ? [] : [value], dot, variables);
  });
  for (const name of pipeline.declares) variables.set(name, value);
  return value;
}

function evaluateCommand(
  [first, ...rest]: readonly Operand[],
  piped: readonly unknown[],
  dot: unknown,
  variables: Variables,
): unknown {
  if (first === undefined) return undefined;
  const values = () => [...rest.map((each) => valueOfOperand(each, dot, variables)), ...piped];
  if (first.kind === "function") return callFunction(first.name, values());
  const value = valueOfOperand(first, dot, variables);
  if (typeof value === "function") return value(...values());
  if (rest.length > 0 || piped.length > 0) {
    throw new TemplateError(`template: ${printValue(value)} takes no arguments`);
  }
  return value;
}

function valueOfOperand(operand: Operand, dot: unknown, variables: Variables): unknown {
  if (operand.kind === "literal") return operand.value;
  if (operand.kind === "function") return callFunction(operand.name, []);
  const { from, path } = operand;
  if (from === "dot") return walk(dot, path);
  if ("pipeline" in from) return walk(evaluate(from.pipeline, dot, variables), path);
  if (!variables.has(from.variable))
    throw new TemplateError(`template: undefined variable $${from.variable}`);
  return walk(variables.get(from.variable), path);
}

/** Only the last name of several may be missing: whether a map or an object was meant, nobody knows any more. */
function walk(start: unknown, path: readonly string[]): unknown {
  return path.reduce((value: unknown, name, index) => {
    if (typeof value === "object" && value !== null && Object.hasOwn(value, name)) {
      return (value as Readonly<Record<string, unknown>>)[name];
    }
    if (index > 0 && index === path.length - 1 && typeof value === "object" && value !== null)
      return undefined;
    const shown = `.${path.slice(0, index + 1).join(".")}`;
    const there = typeof value === "object" && value !== null ? Object.keys(value) : [];
    const hint = there.length === 0 ? "" : `; there ${there.length === 1 ? "is" : "are"} ${there.join(", ")}`;
    throw new TemplateError(`template: there is no ${shown}${hint}`);
  }, start);
}
