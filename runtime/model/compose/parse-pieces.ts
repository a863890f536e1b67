import { MAXIMUM_NODES } from "./convert-yaml.ts";
import { type ComposeParse, type PartParse, parseCompose, parsePart } from "./parse.ts";
import { Block, type Piece, splitPieces } from "./split-pieces.ts";
import type { Anchored } from "./surroundings.ts";
import { type Entry, type MappingNode, problemAt } from "./tree.ts";
import type { ComposeProblem } from "./types.ts";

/** The one entry of a block, and the mapping that it is in while the block stands alone. */
interface Part {
  readonly entry: Entry;
  readonly whole: MappingNode;
}

/** A block that was read, and the anchors of other blocks that it was read with. */
interface ReadPiece {
  readonly block: Block;
  readonly file: string;
  readonly parse: PartParse;
  /** Undefined: the block is no entry of a mapping, and `problems` tells why. */
  readonly part: Part | undefined;
  readonly problems: readonly ComposeProblem[];
  readonly uses: ReadonlyMap<string, Anchored | undefined>;
}

/**
 * Reads a Compose file that is read again and again while it is edited: the blocks of the file that did not change are
 * not parsed again, and their nodes stay the same objects. Their places move along with the text, so a tree is good
 * until the next read only. It gives what `parseCompose` gives, except that a mistake in the YAML of one block leaves
 * the others readable. A file that cannot be read in blocks is read whole.
 */
export class PieceReader {
  #known = new Map<string, ReadPiece>();
  #last: { readonly text: string; readonly file: string; readonly parse: ComposeParse } | undefined;

  read(text: string, file: string): ComposeParse {
    const last = this.#last;
    if (last !== undefined && last.text === text && last.file === file) return last.parse;
    const parse = this.#readPieces(text, file) ?? parseCompose(text, file);
    this.#last = { text, file, parse };
    return parse;
  }

  #readPieces(text: string, file: string): ComposeParse | undefined {
    const pieces = splitPieces(text);
    if (pieces === undefined) return undefined;
    const next = new Map<string, ReadPiece>();
    const anchors = new Map<string, Anchored>();
    const top: Part[] = [];
    const services: Part[] = [];
    const problems: ComposeProblem[] = [];
    let count = 0;
    for (const piece of pieces) {
      const read = this.#readPiece(piece, file, anchors);
      // A block that occurs twice is a key that does, and a matter for the whole file.
      if (read === undefined || next.has(piece.text)) {
        // What was read stays good for when the file is whole again.
        for (const [known, value] of next) this.#known.set(known, value);
        return undefined;
      }
      next.set(piece.text, read);
      problems.push(...read.problems);
      for (const [name, anchored] of read.parse.anchors) anchors.set(name, anchored);
      if (read.part !== undefined) (piece.isService ? services : top).push(read.part);
      count += read.parse.count;
    }
    this.#known = next;
    const root = count > MAXIMUM_NODES ? undefined : assemble(top, services, file);
    return root === undefined ? undefined : { root, problems };
  }

  #readPiece(piece: Piece, file: string, anchors: ReadonlyMap<string, Anchored>): ReadPiece | undefined {
    const known = this.#known.get(piece.text);
    if (known?.file === file && [...known.uses].every(([name, used]) => anchors.get(name) === used)) {
      known.block.start = piece.start;
      return known;
    }
    const block = new Block(piece.start);
    const uses = new Map<string, Anchored | undefined>();
    const parse = parsePart(piece.text, file, {
      rangeAt: (start, end) => block.range(start, end),
      anchor: (name) => {
        const found = anchors.get(name);
        uses.set(name, found);
        return found;
      },
    });
    const { root, problems } = parse;
    const read = { block, file, parse, uses };
    if (root?.kind === "mapping" && root.entries.length === 1)
      return { ...read, part: { entry: root.entries[0]!, whole: root }, problems };
    if (problems.length > 0) {
      const isSyntax = problems.some(({ code }) => code === "yaml-syntax");
      return isSyntax ? { ...read, part: undefined, problems } : undefined;
    }
    if (root?.kind !== "scalar") return undefined;
    const message = "a key must be followed by a colon and a blank";
    return { ...read, part: undefined, problems: [problemAt(root.place, "yaml-syntax", message)] };
  }
}

function assemble(top: readonly Part[], services: readonly Part[], file: string): MappingNode | undefined {
  const keys = (parts: readonly Part[]): number => new Set(parts.map(({ entry }) => entry.key)).size;
  if (top.length === 0 || keys(top) !== top.length || keys(services) !== services.length) return undefined;
  const parts = top.map((part): Part => {
    if (part.entry.key !== "services" || services.length === 0) return part;
    const whole = mappingOf(services, file);
    return { entry: { ...part.entry, value: whole }, whole };
  });
  return mappingOf(parts, file);
}

function mappingOf(parts: readonly Part[], file: string): MappingNode {
  const start = parts[0]!.entry.keyPlace.range.start;
  const { end } = parts.at(-1)!.whole.place.range;
  const entries = parts.map(({ entry }) => entry);
  return { kind: "mapping", entries, place: { file, range: { start, end } }, tag: undefined };
}
