import type { OffsetRange } from "../text/problem.ts";

/** A block of lines that begins at a key of the file or of its services. */
export interface Piece {
  readonly start: number;
  readonly text: string;
  /** The key is one of `services`. */
  readonly isService: boolean;
}

/** Where a block stands in its file now; the ranges made of it move along. */
export class Block {
  start: number;

  constructor(start: number) {
    this.start = start;
  }

  range(start: number, end: number): OffsetRange {
    return new BlockRange(this, start, end);
  }
}

class BlockRange implements OffsetRange {
  readonly #block: Block;
  readonly #start: number;
  readonly #end: number;

  constructor(block: Block, start: number, end: number) {
    this.#block = block;
    this.#start = start;
    this.#end = end;
  }

  get start(): number {
    return this.#block.start + this.#start;
  }

  get end(): number {
    return this.#block.start + this.#end;
  }
}

/** What makes how one line is read depend on lines far above it: directives, several documents, keys that are no texts. */
const BINDING = /^(?:%|\.\.\.)|^[ ]*[?:](?:\s|$)/m;
const DOCUMENT = /^---[ ]*(?:#.*)?$/;
const SERVICES = /^services:[ ]*(?:#.*)?\r?$/;

/** Undefined when the file must be read whole. */
export function splitPieces(text: string): readonly Piece[] | undefined {
  if (text.startsWith("\uFEFF") || BINDING.test(text)) return undefined;
  const pieces: Piece[] = [];
  let open: { readonly start: number; readonly isService: boolean } | undefined;
  let serviceIndent: number | undefined;
  let isInServices = false;
  const close = (end: number): void => {
    if (open !== undefined) pieces.push({ ...open, text: text.slice(open.start, end) });
    open = undefined;
  };
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    let first = at;
    while (first < end && text[first] === " ") first++;
    const indent = first - at;
    switch (lineKind(text, first, end)) {
      case "content":
        if (indent === 0) {
          if (text.startsWith("---", at)) {
            const isFirst = open === undefined && pieces.length === 0;
            if (!isFirst || !DOCUMENT.test(text.slice(at, end).trimEnd())) return undefined;
            break;
          }
          close(at);
          open = { start: at, isService: false };
          isInServices = SERVICES.test(text.slice(at, end));
          serviceIndent = undefined;
        } else if (open === undefined) return undefined;
        else if (isInServices) {
          serviceIndent ??= indent;
          if (indent < serviceIndent) return undefined;
          if (indent === serviceIndent) {
            close(at);
            open = { start: at, isService: true };
          }
        }
        break;
      case "continued":
        if (open === undefined) return undefined;
        // Here it would be a list in the place of the services.
        if (isInServices && (serviceIndent === undefined || indent < serviceIndent)) return undefined;
        break;
      case "empty":
        break;
    }
    at = end + 1;
  }
  close(text.length);
  return pieces;
}

/** Lists may stand as far left as their key, and so may the end of a flow collection; with tabs nobody knows. */
function lineKind(text: string, first: number, end: number): "empty" | "content" | "continued" {
  const character = text[first];
  if (first >= end || character === "#" || character === "\r") return "empty";
  if (character === "]" || character === "}" || character === "\t") return "continued";
  const isItem = character === "-" && (first + 1 === end || /\s/.test(text[first + 1]!));
  return isItem ? "continued" : "content";
}
