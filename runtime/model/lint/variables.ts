import type { Dockerfile, Instruction, Stage } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";

/** `$NAME` or `${NAME…}` in the text of an instruction. */
export interface VariableUse {
  readonly name: string;
  readonly range: OffsetRange;
  /** `${NAME:-x}`, `${NAME:+x}` and the like: an unset variable is provided for. */
  readonly hasFallback: boolean;
}

/** ARGs that a build sets for every file; a stage that uses one declares it without a value. */
export const PLATFORM_ARGS: ReadonlySet<string> = new Set([
  "BUILDPLATFORM",
  "BUILDOS",
  "BUILDARCH",
  "BUILDVARIANT",
  "TARGETPLATFORM",
  "TARGETOS",
  "TARGETARCH",
  "TARGETVARIANT",
]);

/** The variables used between two offsets; `\$` and single-quoted text are not uses. */
export function variableUses(tree: Dockerfile, range: OffsetRange): VariableUse[] {
  const uses: VariableUse[] = [];
  const pattern = /'[^'\n]*'|\\.|`.|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(:?[-+?])?)/g;
  const text = tree.text.slice(range.start, range.end);
  for (const match of text.matchAll(pattern)) {
    const name = match[1] ?? match[2];
    if (name === undefined) continue;
    const start = range.start + match.index;
    uses.push({ name, range: { start, end: start + match[0].length }, hasFallback: match[3] !== undefined });
  }
  return uses;
}

/** Names that ARG or ENV of an instruction declare. */
export function declaredNames(instruction: Instruction): readonly string[] {
  return instruction.name === "ARG" || instruction.name === "ENV"
    ? instruction.pairs.map(({ key }) => key.value)
    : [];
}

/** The stage a FROM builds on, or undefined when it is an image. */
export function parentStage(tree: Dockerfile, stage: Stage): Stage | undefined {
  const name = stage.from.image?.value.toLowerCase();
  if (name === undefined) return undefined;
  for (let index = stage.index - 1; index >= 0; index--) {
    if (tree.stages[index]?.name === name) return tree.stages[index];
  }
  return undefined;
}

/** The stage and those it is built on, itself first. */
export function lineage(tree: Dockerfile, stage: Stage): readonly Stage[] {
  const chain: Stage[] = [];
  for (let at: Stage | undefined = stage; at !== undefined; at = parentStage(tree, at)) chain.push(at);
  return chain;
}

/** Stages whose layers end up in the last stage's image. */
export function shippedStages(tree: Dockerfile): ReadonlySet<number> {
  const last = tree.stages[tree.stages.length - 1];
  return new Set(last === undefined ? [] : lineage(tree, last).map((stage) => stage.index));
}

/** What FROM may use: the ARGs before the first FROM and those the build sets. */
export function globalNames(tree: Dockerfile): ReadonlySet<string> {
  return new Set([...PLATFORM_ARGS, ...tree.globalArgs.flatMap(declaredNames)]);
}

/** From behind the keyword to the end, heredoc bodies left out. */
export function argumentsRange({ keyword, range, heredocs }: Instruction): OffsetRange {
  const end = Math.min(range.end, ...heredocs.map((heredoc) => heredoc.bodyRange.start));
  return { start: keyword.range.end, end };
}
