import { type ComposeParse, parseCompose } from "./parse.ts";
import type { Entry, MappingNode, TreeNode } from "./tree.ts";
import type { Place } from "./types.ts";

/** A block of lines that begins at a key of the file or of its services. */
interface Piece {
  readonly start: number;
  readonly text: string;
  /** The key is one of `services`. */
  readonly isService: boolean;
}

interface ReadPiece {
  readonly start: number;
  readonly entry: Entry;
}

/** What makes one block depend on another, or on how the whole file is read: aliases, tabs, document marks. */
const BINDING = /(?:^|[\s[{,:])[&*][^\s&*]|<<|\t|^(?:---|\.\.\.|%)/m;
const SERVICES = /^services:[ ]*(?:#.*)?$/;

/**
 * Reads a Compose file that is read again and again while it is edited: the blocks of the file that did not change are
 * not parsed again. It gives what `parseCompose` gives; a file that cannot be read in blocks is read whole.
 */
export class PieceReader {
  #known = new Map<string, ReadPiece>();
  #last: { readonly text: string; readonly file: string; readonly parse: ComposeParse } | undefined;

  read(text: string, file: string): ComposeParse {
    const last = this.#last;
    if (last !== undefined && last.text === text && last.file === file) return last.parse;
    const root = this.#readPieces(text, file);
    const parse = root === undefined ? parseCompose(text, file) : { root, problems: [] };
    this.#last = { text, file, parse };
    return parse;
  }

  #readPieces(text: string, file: string): MappingNode | undefined {
    const pieces = splitPieces(text);
    if (pieces === undefined) return undefined;
    const next = new Map<string, ReadPiece>();
    const top: Entry[] = [];
    const services: Entry[] = [];
    for (const piece of pieces) {
      const read = this.#readPiece(piece, file);
      // A block that occurs twice, or is not one key, is a matter for the whole file.
      if (read === undefined || next.has(piece.text)) {
        // What was read stays good for when the file is whole again.
        for (const [known, value] of next) this.#known.set(known, value);
        return undefined;
      }
      next.set(piece.text, read);
      (piece.isService ? services : top).push(read.entry);
    }
    this.#known = next;
    return assemble(top, services, file);
  }

  #readPiece(piece: Piece, file: string): ReadPiece | undefined {
    const known = this.#known.get(piece.text);
    if (known !== undefined && known.entry.keyPlace.file === file) {
      const distance = piece.start - known.start;
      return distance === 0 ? known : { start: piece.start, entry: shiftEntry(known.entry, distance) };
    }
    const { root, problems } = parseCompose(piece.text, file);
    if (problems.length > 0 || root?.kind !== "mapping" || root.entries.length !== 1) return undefined;
    return { start: piece.start, entry: shiftEntry(root.entries[0]!, piece.start) };
  }
}

function assemble(top: readonly Entry[], services: readonly Entry[], file: string): MappingNode | undefined {
  const keys = (entries: readonly Entry[]): number => new Set(entries.map(({ key }) => key)).size;
  if (top.length === 0 || keys(top) !== top.length || keys(services) !== services.length) return undefined;
  const entries = top.map((entry) =>
    entry.key === "services" && services.length > 0 ? { ...entry, value: mappingOf(services, file) } : entry,
  );
  return mappingOf(entries, file);
}

function mappingOf(entries: readonly Entry[], file: string): MappingNode {
  const start = entries[0]!.keyPlace.range.start;
  const last = entries.at(-1)!;
  const end = Math.max(last.value.place.range.end, last.keyPlace.range.end);
  return { kind: "mapping", entries, place: { file, range: { start, end } }, tag: undefined };
}

/** Undefined when the file must be read whole. */
function splitPieces(text: string): readonly Piece[] | undefined {
  if (BINDING.test(text) || text.includes("\r") || text.startsWith("\uFEFF")) return undefined;
  const pieces: Piece[] = [];
  let open: { start: number; isService: boolean } | undefined;
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
    const isContent = first < end && text[first] !== "#";
    if (isContent && indent === 0) {
      close(at);
      open = { start: at, isService: false };
      isInServices = SERVICES.test(text.slice(at, end));
      serviceIndent = undefined;
    } else if (isContent && open === undefined) return undefined;
    else if (isContent && isInServices) {
      serviceIndent ??= indent;
      if (indent < serviceIndent) return undefined;
      if (indent === serviceIndent) {
        close(at);
        open = { start: at, isService: true };
      }
    }
    at = end + 1;
  }
  close(text.length);
  return pieces;
}

function shiftEntry({ key, keyPlace, value }: Entry, distance: number): Entry {
  return { key, keyPlace: shiftPlace(keyPlace, distance), value: shiftNode(value, distance) };
}

function shiftNode(node: TreeNode, distance: number): TreeNode {
  const place = shiftPlace(node.place, distance);
  switch (node.kind) {
    case "scalar":
      return { kind: "scalar", value: node.value, source: node.source, place, tag: node.tag };
    case "sequence": {
      const items = node.items.map((item) => shiftNode(item, distance));
      return { kind: "sequence", items, place, tag: node.tag };
    }
    case "mapping": {
      const entries = node.entries.map((entry) => shiftEntry(entry, distance));
      return { kind: "mapping", entries, place, tag: node.tag };
    }
  }
}

function shiftPlace({ file, range }: Place, distance: number): Place {
  return { file, range: { start: range.start + distance, end: range.end + distance } };
}
