import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import { isInstructionName } from "../../../runtime/model/dockerfile/vocabulary.ts";
import type { EngineImage } from "../../../runtime/model/engine-facts.ts";
import { variableUses } from "../../../runtime/model/lint/variables.ts";
import { imageMarkdown } from "../engine-images.ts";
import type { Hover } from "../feature.ts";
import { placeAt } from "./place.ts";
import { FLAGS, INSTRUCTIONS } from "./reference.ts";
import { variablesAt } from "./variables.ts";

/** What hovering over an offset tells: instructions, flags, variables and stages. */
export function hoverDockerfile(tree: Dockerfile, offset: number): Hover | undefined {
  const place = placeAt(tree, offset);
  if (place.kind === "keyword")
    return place.instruction === undefined ? undefined : keywordHover(place.instruction);
  if (place.kind !== "argument") return undefined;
  const { instruction } = place;
  return (
    triggerHover(instruction, offset) ??
    variableHover(tree, instruction, offset) ??
    stageHover(tree, instruction, offset) ??
    flagHover(instruction, offset)
  );
}

/** What engines know of the base image at an offset. `now` is Unix time in seconds. */
export function hoverImage(
  tree: Dockerfile,
  offset: number,
  images: readonly EngineImage[],
  now: number,
): Hover | undefined {
  const image = tree.stages
    .map(({ from }) => from.image)
    .find((word) => word !== undefined && word.range.start <= offset && offset <= word.range.end);
  if (image === undefined) return undefined;
  const markdown = imageMarkdown(image.value, images, now);
  return markdown === undefined ? undefined : { markdown, range: image.range };
}

function keywordHover({ keyword }: Instruction): Hover | undefined {
  const name = keyword.value.toUpperCase();
  if (!isInstructionName(name)) return undefined;
  const { syntax, about } = INSTRUCTIONS[name];
  return { markdown: `\`\`\`dockerfile\n${syntax}\n\`\`\`\n${about}`, range: keyword.range };
}

function triggerHover(instruction: Instruction, offset: number): Hover | undefined {
  if (instruction.name !== "ONBUILD" || instruction.trigger === undefined) return undefined;
  const { range } = instruction.trigger.keyword;
  return range.start <= offset && offset <= range.end ? keywordHover(instruction.trigger) : undefined;
}

function variableHover(tree: Dockerfile, instruction: Instruction, offset: number): Hover | undefined {
  const use = variableUses(tree, instruction.range).find(
    ({ range }) => range.start <= offset && offset <= range.end,
  );
  if (use === undefined) return undefined;
  const known = variablesAt(tree, instruction).find(({ name }) => name === use.name);
  if (known === undefined) return undefined;
  const value = known.value === undefined ? "no default" : `\`${known.value}\``;
  return { markdown: `**${known.name}** (${known.source}): ${value}`, range: use.range };
}

function stageHover(tree: Dockerfile, instruction: Instruction, offset: number): Hover | undefined {
  const reference = stageReference(instruction, offset);
  if (reference === undefined) return undefined;
  const earlier = tree.stages.slice(0, instruction.stage);
  const name = reference.value.toLowerCase();
  const stage =
    earlier.findLast((one) => one.name === name) ?? (/^\d+$/.test(name) ? earlier[Number(name)] : undefined);
  if (stage === undefined) return undefined;
  const lines = [stage.from, ...stage.instructions].map(
    ({ range }) => tree.text.slice(range.start, range.end).split("\n", 1)[0],
  );
  const shown = lines.length > 12 ? [...lines.slice(0, 12), "…"] : lines;
  return { markdown: `\`\`\`dockerfile\n${shown.join("\n")}\n\`\`\``, range: reference.range };
}

/** The stage named at the offset, in FROM or `--from`. */
export function stageReference(
  instruction: Instruction,
  offset: number,
): { readonly value: string; readonly range: { readonly start: number; readonly end: number } } | undefined {
  const words = instruction.name === "FROM" && instruction.image !== undefined ? [instruction.image] : [];
  const flags = instruction.flags.flatMap(({ name, value, valueRange }) =>
    name === "from" && value !== undefined && valueRange !== undefined ? [{ value, range: valueRange }] : [],
  );
  return [...words, ...flags].find(({ range }) => range.start <= offset && offset <= range.end);
}

function flagHover(instruction: Instruction, offset: number): Hover | undefined {
  const flag = instruction.flags.find(({ range }) => range.start <= offset && offset <= range.end);
  const about = flag === undefined ? undefined : FLAGS[flag.name];
  return flag === undefined || about === undefined
    ? undefined
    : { markdown: `**--${flag.name}** ${about}`, range: flag.range };
}
