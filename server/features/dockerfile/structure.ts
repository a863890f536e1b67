import type { Dockerfile } from "../../../runtime/model/dockerfile/types.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Fold, Link } from "../feature.ts";
import { imagePage } from "../image-page.ts";
import { instructionAt } from "./place.ts";

/** Stages, instructions over several lines, heredoc bodies and blocks of comments. */
export function foldsOfDockerfile(tree: Dockerfile): readonly Fold[] {
  const ranges: OffsetRange[] = [];
  for (const { from, instructions } of tree.stages) {
    ranges.push({ start: from.range.start, end: (instructions.at(-1) ?? from).range.end });
  }
  for (const { range, heredocs } of tree.instructions) {
    ranges.push(range, ...(heredocs.length > 1 ? heredocs.map(({ bodyRange }) => bodyRange) : []));
  }
  const isLong = ({ start, end }: OffsetRange): boolean =>
    tree.text.slice(start, end).trimEnd().includes("\n");
  const folds = ranges.filter(isLong).map((range): Fold => ({ range, kind: "region" }));
  const comments = commentBlocks(tree).filter(isLong);
  return [...folds, ...comments.map((range): Fold => ({ range, kind: "comment" }))];
}

function commentBlocks({ text, comments }: Dockerfile): readonly OffsetRange[] {
  const blocks: OffsetRange[] = [];
  for (const { start, end } of comments) {
    const last = blocks.at(-1);
    const isNext = last !== undefined && /^[^\S\n]*\r?\n[^\S\n]*$/.test(text.slice(last.end, start));
    if (isNext) blocks[blocks.length - 1] = { start: last.start, end };
    else blocks.push({ start, end });
  }
  return blocks;
}

/** What a selection at an offset grows to: word, arguments, instruction, stage, file; smallest first. */
export function selectionsInDockerfile(tree: Dockerfile, offset: number): readonly OffsetRange[] {
  const { text } = tree;
  const all: OffsetRange[] = [];
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  let end = offset;
  while (end < text.length && /\w/.test(text[end]!)) end++;
  all.push({ start, end });
  while (start > 0 && /\S/.test(text[start - 1]!)) start--;
  while (end < text.length && /\S/.test(text[end]!)) end++;
  all.push({ start, end });
  const instruction = instructionAt(tree, offset);
  if (instruction !== undefined) {
    const { keyword, range, heredocs, stage } = instruction;
    all.push(...heredocs.map(({ bodyRange }) => bodyRange));
    const rest = text.slice(keyword.range.end, range.end);
    all.push({ start: keyword.range.end + rest.length - rest.trimStart().length, end: range.end }, range);
    const owner = tree.stages[stage];
    if (owner !== undefined)
      all.push({ start: owner.from.range.start, end: (owner.instructions.at(-1) ?? owner.from).range.end });
  }
  all.push({ start: 0, end: text.length });
  const around = all.filter((range) => range.start <= offset && offset <= range.end);
  return nested(around);
}

/** Only those that hold the one before, each once. */
export function nested(ranges: readonly OffsetRange[]): readonly OffsetRange[] {
  const result: OffsetRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.end - a.start - (b.end - b.start))) {
    const last = result.at(-1);
    const isLarger = last === undefined || range.end - range.start > last.end - last.start;
    if (isLarger && (last === undefined || (range.start <= last.start && last.end <= range.end)))
      result.push(range);
  }
  return result;
}

/** Images lead to their registry's page. */
export function linksInDockerfile(tree: Dockerfile): readonly Link[] {
  return tree.stages.flatMap(({ from: { image }, index }): readonly Link[] => {
    if (
      image === undefined ||
      tree.stages.slice(0, index).some(({ name }) => name === image.value.toLowerCase())
    )
      return [];
    const url = imagePage(image.value);
    return url === undefined
      ? []
      : [{ range: image.range, target: { kind: "page", url }, tooltip: "Open the image's page" }];
  });
}
