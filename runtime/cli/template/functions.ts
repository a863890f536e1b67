import { inspect } from "node:util";
import { printValue } from "./print.ts";
import { TemplateError } from "./template-error.ts";

type TemplateFunction = (...values: readonly unknown[]) => unknown;

/** Go's own functions and those docker adds. Source: pkg.go.dev/text/template, docs.docker.com/engine/cli/formatting. */
const functions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => JSON.stringify(value ?? null),
  join: (values, separator) => asList(values, "join").map(printValue).join(asText(separator)),
  split: (text, separator) => asText(text).split(asText(separator)),
  lower: (text) => asText(text).toLowerCase(),
  upper: (text) => asText(text).toUpperCase(),
  title: (text) => asText(text).replace(/(^|\s)\S/g, (start) => start.toUpperCase()),
  truncate: (text, length) => asText(text).slice(0, Number(length)),
  pad: (text, before, after) => {
    const inner = asText(text);
    return inner === "" ? inner : " ".repeat(Number(before)) + inner + " ".repeat(Number(after));
  },
  print: (...values) => values.map(printValue).join(" "),
  println: (...values) => `${values.map(printValue).join(" ")}\n`,
  printf: (format, ...values) => formatText(asText(format), values),
  len: (value) => lengthOf(value),
  index: (value, ...keys) => keys.reduce(elementOf, value),
  slice: (value, from = 0, to = undefined) => sliceOf(value, Number(from), to),
  eq: (value, ...others) => others.some((other) => printValue(value) === printValue(other)),
  ne: (value, other) => printValue(value) !== printValue(other),
  lt: (value, other) => compare(value, other) < 0,
  le: (value, other) => compare(value, other) <= 0,
  gt: (value, other) => compare(value, other) > 0,
  ge: (value, other) => compare(value, other) >= 0,
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
};

export function isFunction(name: string): boolean {
  return Object.hasOwn(functions, name);
}

/** Throws `TemplateError` when the arguments are not what the function takes. */
export function callFunction(name: string, values: readonly unknown[]): unknown {
  return functions[name]?.(...values);
}

/** As Go sees it: nothing, false, zero and what is empty are not true. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function asText(value: unknown): string {
  return value === undefined || value === null ? "" : printValue(value);
}

function asList(value: unknown, asker: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new TemplateError(`template: ${asker} needs a list, not ${inspect(value, { depth: 0 })}`);
}

function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value === undefined || value === null) return 0;
  if (typeof value === "object") return Object.keys(value).length;
  throw new TemplateError(`template: len of ${inspect(value)}`);
}

function elementOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const at = Number(key);
    if (!Number.isInteger(at) || at < 0 || at >= value.length) {
      throw new TemplateError(`template: index out of range: ${key} (there are ${value.length})`);
    }
    return value[at];
  }
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, String(key))) return "";
  return (value as Readonly<Record<string, unknown>>)[String(key)];
}

function sliceOf(value: unknown, from: number, to: unknown): unknown {
  const end = to === undefined ? undefined : Number(to);
  return Array.isArray(value) ? value.slice(from, end) : asText(value).slice(from, end);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  const [first, second] = [asText(left), asText(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** `%s %v %d %q %x %f %t`, with width, `-`, `0` and precision. */
function formatText(format: string, values: readonly unknown[]): string {
  let next = 0;
  return format.replace(
    /%(?:%|([-0]*)(\d*)(?:\.(\d+))?([svdqxft]))/g,
    (whole, flags, width, digits, verb) => {
      if (whole === "%%") return "%";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next];
      next += 1;
      const text = formatValue(value, verb, digits === undefined ? undefined : Number(digits));
      if (flags.includes("-")) return text.padEnd(Number(width));
      return text.padStart(Number(width), flags.includes("0") ? "0" : " ");
    },
  );
}

function formatValue(value: unknown, verb: string, digits: number | undefined): string {
  if (verb === "q") return JSON.stringify(asText(value));
  if (verb === "d") return String(Math.trunc(Number(value)));
  if (verb === "f") return Number(value).toFixed(digits ?? 6);
  if (verb === "x") {
    return typeof value === "number" ? value.toString(16) : Buffer.from(asText(value)).toString("hex");
  }
  const text = asText(value);
  return digits === undefined ? text : text.slice(0, digits);
}
