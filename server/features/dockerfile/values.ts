import { expandWord } from "../../../runtime/model/dockerfile/expand.ts";
import type { Dockerfile, Instruction, Word } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { variablesAt } from "./variables.ts";

/** What a word with variables comes to, as far as the file says. */
export interface ExpandedValue {
  readonly range: OffsetRange;
  readonly value: string;
}

/** The words whose variables all have a value in the file, with what they come to. */
export function expandedValues(tree: Dockerfile, range: OffsetRange): readonly ExpandedValue[] {
  return tree.instructions
    .filter((one) => one.range.start <= range.end && range.start <= one.range.end)
    .flatMap((instruction) => wordsOf(instruction).flatMap((word) => expanded(tree, instruction, word)));
}

function expanded(tree: Dockerfile, instruction: Instruction, word: Word): ExpandedValue[] {
  if (!word.raw.includes("$")) return [];
  const values = new Map(variablesAt(tree, instruction).map(({ name, value }) => [name, value]));
  let isKnown = true;
  const lookup = (name: string): string | undefined => {
    const value = values.get(name);
    // A default that itself has variables depends on more than this line.
    if (value === undefined || value.includes("$")) isKnown = false;
    return value;
  };
  const { text = "" } = expandWord(word.raw, lookup, { escape: tree.escape });
  return isKnown && text !== "" ? [{ range: word.range, value: text }] : [];
}

function wordsOf(instruction: Instruction): readonly Word[] {
  switch (instruction.name) {
    case "FROM":
      return instruction.image === undefined ? [] : [instruction.image];
    case "COPY":
    case "ADD":
      return [
        ...instruction.sources,
        ...(instruction.destination === undefined ? [] : [instruction.destination]),
      ];
    case "WORKDIR":
    case "USER":
    case "EXPOSE":
    case "VOLUME":
      return instruction.words;
    default:
      return [];
  }
}
