import { type Document, parseDocument, type YAMLParseError } from "yaml";
import type { OffsetRange } from "../text/problem.ts";
import { Converter, MAXIMUM_DEPTH } from "./convert-yaml.ts";
import type { Anchored, Surroundings } from "./surroundings.ts";
import { problemAt, startOf, type TreeNode } from "./tree.ts";
import type { ComposeProblem } from "./types.ts";

const MAXIMUM_LENGTH = 1 << 22;

export interface ComposeParse {
  /** Undefined when the file is empty. */
  readonly root: TreeNode | undefined;
  readonly problems: readonly ComposeProblem[];
}

/** A part of a file that was read by itself. */
export interface PartParse extends ComposeParse {
  readonly anchors: ReadonlyMap<string, Anchored>;
  /** Values in it, aliases written out. */
  readonly count: number;
}

const ALONE: Surroundings = { rangeAt: (start, end) => ({ start, end }), anchor: () => undefined };

/** YAML 1.2 text to a tree with places: anchors and merge keys are resolved. Never throws; `file` only names the places. */
export function parseCompose(text: string, file: string): ComposeParse {
  const { root, problems } = parsePart(text, file, ALONE);
  return { root, problems };
}

/** A part of a file, with what its aliases may refer to. Never throws. */
export function parsePart(text: string, file: string, surroundings: Surroundings): PartParse {
  if (text.length > MAXIMUM_LENGTH)
    return unreadable(file, `the file is longer than ${MAXIMUM_LENGTH} characters`);
  const document = readDocument(text);
  if (document === undefined || document.errors.some(isOverflow))
    return unreadable(file, `values are nested more than ${MAXIMUM_DEPTH} levels deep`);
  const problems: ComposeProblem[] = withoutCascade(document.errors).map((error) => {
    const { start, end } = widen(text, error.pos);
    const place = { file, range: surroundings.rangeAt(start, end) };
    return problemAt(place, "yaml-syntax", yamlMessage(error.code, error.message));
  });
  const converter = new Converter(file, problems, surroundings);
  const root = document.contents === null ? undefined : converter.convert(document.contents, 0);
  const { anchors, count } = converter;
  // What is left of such a tree is not worth looking at, and later stages would take their time over it.
  if (converter.isTooLarge) return { root: undefined, problems: problems.slice(-1), anchors, count };
  return { root, problems, anchors, count };
}

/** Undefined when the nesting is deeper than the library's recursion reaches. */
function readDocument(text: string): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      uniqueKeys: false,
      prettyErrors: false,
      merge: true,
      logLevel: "silent",
      intAsBigInt: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The library gives an exhausted stack as an error of the document; only the text tells. */
function isOverflow({ message }: YAMLParseError): boolean {
  return message.startsWith("Maximum call stack size");
}

function unreadable(file: string, message: string): PartParse {
  const problems = [problemAt(startOf(file), "yaml-too-large", message)];
  return { root: undefined, problems, anchors: new Map(), count: 0 };
}

/** After one mistake the library stumbles over everything that follows: every tab is told, of the rest the first. */
function withoutCascade(errors: readonly YAMLParseError[]): readonly YAMLParseError[] {
  const tabs = errors.filter((error) => error.code === "TAB_AS_INDENT");
  const others = errors.filter((error) => error.code !== "TAB_AS_INDENT");
  return [...tabs, ...others.slice(0, 1)].toSorted((left, right) => left.pos[0] - right.pos[0]);
}

function yamlMessage(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "YAML does not allow tabs as indentation: use spaces";
  if (code === "MISSING_CHAR" && /quote/.test(message)) return "the closing quote is missing";
  if (code === "UNEXPECTED_TOKEN")
    return "this does not belong here: the value has ended before it (quotes keep a text together)";
  return message;
}

/** An empty range is invisible in an editor: take one character. */
function widen(text: string, [from, to]: readonly [number, number]): OffsetRange {
  // The library points one past the end when something is missing there.
  const start = Math.min(from, text.length);
  const end = Math.min(to, text.length);
  if (end > start) return { start, end };
  if (start < text.length && text[start] !== "\n") return { start, end: start + 1 };
  return { start: Math.max(0, start - 1), end: start };
}
