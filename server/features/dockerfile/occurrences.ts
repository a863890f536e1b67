import { findBase, findCopySource } from "../../../runtime/model/dockerfile/graph.ts";
import type { Dockerfile, Heredoc, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import { variableUses } from "../../../runtime/model/lint/variables.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Occurrence, Occurrences } from "../feature.ts";

const STAGE_FORM = /^[a-z][a-z0-9-_.]*$/;
const VARIABLE_FORM = /^[A-Za-z_]\w*$/;
const DELIMITER_FORM = /^[A-Za-z_]\w*$/;

/** All places of the stage, variable or heredoc delimiter at an offset. */
export function occurrencesInDockerfile(tree: Dockerfile, offset: number): Occurrences | undefined {
  for (const instruction of tree.instructions) {
    if (instruction.range.end < offset || instruction.range.start > offset) continue;
    return (
      heredocAt(tree, instruction, offset) ?? variableAt(tree, offset) ?? stageAt(tree, instruction, offset)
    );
  }
  return undefined;
}

function heredocAt(tree: Dockerfile, { heredocs }: Instruction, offset: number): Occurrences | undefined {
  for (const heredoc of heredocs) {
    const places = delimiters(tree.text, heredoc);
    if (places.some(({ range }) => holds(range, offset)))
      return { name: heredoc.name, places, form: DELIMITER_FORM };
  }
  return undefined;
}

function delimiters(text: string, { name, range, bodyRange }: Heredoc): readonly Occurrence[] {
  const opening = text.indexOf(name, range.start);
  const closing = text.indexOf(name, bodyRange.end);
  return [
    { range: { start: opening, end: opening + name.length }, isDeclaration: true },
    ...(closing < 0 || text.slice(bodyRange.end, closing).trim() !== ""
      ? []
      : [{ range: { start: closing, end: closing + name.length }, isDeclaration: false }]),
  ];
}

/** One name is one variable in the whole file: an ARG that a stage takes up again is the same. */
function variableAt(tree: Dockerfile, offset: number): Occurrences | undefined {
  const all = tree.instructions.flatMap((one) => variables(tree, one));
  const name = all.find(({ range }) => holds(range, offset))?.name;
  if (name === undefined) return undefined;
  const places = all.filter((one) => one.name === name);
  return {
    name,
    places,
    form: places.some(({ isDeclaration }) => isDeclaration) ? VARIABLE_FORM : undefined,
  };
}

function variables(tree: Dockerfile, instruction: Instruction): (Occurrence & { readonly name: string })[] {
  const own = instruction.name === "ONBUILD" ? (instruction.trigger ?? instruction) : instruction;
  const declared =
    own.name === "ARG" || own.name === "ENV"
      ? own.pairs.map(({ key }) => ({ name: key.value, range: key.range, isDeclaration: true }))
      : [];
  const used = variableUses(tree, instruction.range).map(({ name, range }) => {
    const start = range.start + (tree.text[range.start + 1] === "{" ? 2 : 1);
    return { name, range: { start, end: start + name.length }, isDeclaration: false };
  });
  return [...declared, ...used];
}

function stageAt(tree: Dockerfile, instruction: Instruction, offset: number): Occurrences | undefined {
  const all = tree.instructions.flatMap((one) => stages(tree, one));
  const found = all.find(({ range }) => holds(range, offset)) ?? firstOf(tree, instruction, offset, all);
  if (found === undefined) return undefined;
  const name = tree.stages[found.stage]?.from.alias?.value;
  const places = all.filter(({ stage }) => stage === found.stage);
  return { name: name ?? String(found.stage), places, form: name === undefined ? undefined : STAGE_FORM };
}

interface StagePlace extends Occurrence {
  readonly stage: number;
}

/** The keyword FROM stands for its stage where the stage has no name. */
function firstOf(
  tree: Dockerfile,
  instruction: Instruction,
  offset: number,
  all: readonly StagePlace[],
): StagePlace | undefined {
  const isKeyword = instruction.name === "FROM" && holds(instruction.keyword.range, offset);
  if (!isKeyword || tree.stages[instruction.stage]?.name !== undefined) return undefined;
  return all.find(({ stage }) => stage === instruction.stage);
}

function stages(tree: Dockerfile, instruction: Instruction): readonly StagePlace[] {
  const places: StagePlace[] = [];
  const refer = (source: ReturnType<typeof findBase>, range: OffsetRange): void => {
    if (source.kind === "stage") places.push({ stage: source.index, range, isDeclaration: false });
  };
  if (instruction.name === "FROM") {
    const { image, alias, stage } = instruction;
    if (image !== undefined) refer(findBase(tree, image.value, stage), image.range);
    if (alias !== undefined) places.push({ stage, range: alias.range, isDeclaration: true });
  }
  for (const { name, value, valueRange } of instruction.flags) {
    if (value === undefined || valueRange === undefined) continue;
    if (name === "from") refer(findCopySource(tree, value, instruction.stage), valueRange);
    const from = name === "mount" ? /(?:^|,)from=([^,]*)/.exec(value) : null;
    if (from === null) continue;
    const start = valueRange.start + from.index + from[0].length - from[1]!.length;
    refer(findCopySource(tree, from[1]!, instruction.stage), { start, end: start + from[1]!.length });
  }
  return places;
}

function holds({ start, end }: OffsetRange, offset: number): boolean {
  return start <= offset && offset <= end;
}
