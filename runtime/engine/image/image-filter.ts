import { familiarName, parseReference, printFamiliar, type Reference } from "../../model/reference.ts";
import { EngineError } from "../error.ts";
import type { Filters } from "../http/backend.ts";
import { createdSeconds } from "./describe.ts";
import type { Image } from "./image-store.ts";

/** An image as filters see it. */
export interface Candidate {
  readonly image: Image;
  readonly references: readonly Reference[];
}

/**
 * A test by the filters of `docker images` and `docker image prune`: dangling, label, label!, reference, before, since,
 * until. `find` gives the image that `before` and `since` name. Throws `invalid-argument` for an unknown filter.
 */
export function imageFilter(
  filters: Filters,
  find: (name: string) => Image,
  nowSeconds: number,
): (candidate: Candidate) => boolean {
  const tests = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([key, values]) => filterTest(key, values, find, nowSeconds));
  return (candidate) => tests.every((accepts) => accepts(candidate));
}

function filterTest(
  key: string,
  values: readonly string[],
  find: (name: string) => Image,
  nowSeconds: number,
): (candidate: Candidate) => boolean {
  switch (key) {
    case "dangling": {
      const wanted = flag(values);
      return ({ references }) => isDangling(references) === wanted;
    }
    case "label":
      return ({ image }) => values.every((value) => hasLabel(image, value));
    case "label!":
      return ({ image }) => !values.some((value) => hasLabel(image, value));
    case "reference":
      return ({ references }) =>
        references.some((each) => values.some((value) => matchesReference(each, value)));
    case "before": {
      const bound = Math.min(...values.map((name) => createdSeconds(find(name))));
      return ({ image }) => createdSeconds(image) < bound;
    }
    case "since": {
      const bound = Math.max(...values.map((name) => createdSeconds(find(name))));
      return ({ image }) => createdSeconds(image) > bound;
    }
    case "until": {
      const bound = Math.min(...values.map((value) => pointInTime(value, nowSeconds)));
      return ({ image }) => createdSeconds(image) < bound;
    }
    default:
      throw new EngineError("invalid-argument", `invalid filter '${key}'`);
  }
}

/** True for an image without a tag. */
export function isDangling(references: readonly Reference[]): boolean {
  return references.every((reference) => reference.digest !== undefined);
}

/** Of the filter `dangling`. Throws `invalid-argument`. */
export function flag(values: readonly string[]): boolean {
  const [value = ""] = values;
  if (["1", "true", "True", "TRUE", "t"].includes(value)) return true;
  if (["0", "false", "False", "FALSE", "f"].includes(value)) return false;
  throw new EngineError("invalid-argument", `invalid filter 'dangling=${value}'`);
}

function hasLabel(image: Image, wanted: string): boolean {
  const labels = image.config.config?.Labels;
  if (typeof labels !== "object" || labels === null) return false;
  const equals = wanted.indexOf("=");
  const name = equals === -1 ? wanted : wanted.slice(0, equals);
  if (!Object.hasOwn(labels, name)) return false;
  return equals === -1 || (labels as Record<string, unknown>)[name] === wanted.slice(equals + 1);
}

/** `*` and `?` as in path patterns: neither crosses a slash. */
function matchesReference(reference: Reference, pattern: string): boolean {
  const names = [printFamiliar(reference), familiarName(reference)];
  if (names.some((name) => matchesPattern(name, pattern))) return true;
  const plain = parseReference(pattern).reference;
  return plain !== undefined && names.includes(printFamiliar(plain));
}

function matchesPattern(name: string, pattern: string): boolean {
  // One step of a known-size table per pair, so that no pattern takes long.
  let reached = new Set([0]);
  for (const char of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (char === "*") {
        for (let end = at; end <= name.length; end++) {
          next.add(end);
          if (name[end] === "/") break;
        }
      } else if (at < name.length && (char === name[at] || (char === "?" && name[at] !== "/")))
        next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(name.length);
}

/** Unix seconds, RFC 3339, or a duration before now (`10m`, `1h30m`). */
function pointInTime(text: string, nowSeconds: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^(\d+(\.\d+)?[smh])+$/.test(text)) {
    const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
    let total = 0;
    for (const [, amount, unit = "s"] of text.matchAll(/(\d+(?:\.\d+)?)([smh])/g)) {
      total += Number(amount) * (unitSeconds[unit] ?? 1);
    }
    return nowSeconds - total;
  }
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new EngineError("invalid-argument", `invalid filter 'until=${text}'`);
  return ms / 1000;
}
