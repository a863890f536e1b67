import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import { lintSubject } from "../../../runtime/model/lint/subject.ts";
import { variableUses } from "../../../runtime/model/lint/variables.ts";
import type { Token } from "../feature.ts";

/** The meaning of words: keywords, flags, images, stages, variables, and the programs that RUN starts. */
export function tokensOfDockerfile(tree: Dockerfile): readonly Token[] {
  const tokens: Token[] = tree.comments.map((range) => ({ range, kind: "comment" }));
  const subject = lintSubject(tree, {});
  for (const instruction of tree.instructions) {
    tokens.push(...tokensOf(tree, instruction));
    const inner = instruction.name === "ONBUILD" ? instruction.trigger : undefined;
    if (inner !== undefined) tokens.push(...tokensOf(tree, inner));
    for (const { words } of subject.commands(inner ?? instruction)) {
      const program = words[0];
      if (program !== undefined && /^[\w./+-]+$/.test(program.raw))
        tokens.push({ range: program.range, kind: "function" });
    }
  }
  return withoutOverlaps(tokens);
}

function tokensOf(tree: Dockerfile, instruction: Instruction): readonly Token[] {
  const tokens: Token[] = [{ range: instruction.keyword.range, kind: "keyword" }];
  for (const { nameRange } of instruction.flags) tokens.push({ range: nameRange, kind: "parameter" });
  if (instruction.name === "ONBUILD") return tokens;
  for (const { range } of variableUses(tree, instruction.range)) tokens.push({ range, kind: "variable" });
  if (instruction.name === "ARG" || instruction.name === "ENV" || instruction.name === "LABEL") {
    const kind = instruction.name === "LABEL" ? "parameter" : "variable";
    tokens.push(...instruction.pairs.map(({ key }): Token => ({ range: key.range, kind })));
  }
  if (instruction.name === "FROM") {
    if (instruction.image !== undefined) tokens.push({ range: instruction.image.range, kind: "type" });
    if (instruction.alias !== undefined) tokens.push({ range: instruction.alias.range, kind: "namespace" });
  }
  return tokens;
}

/** The protocol wants them in order and side by side: a variable in a word wins over the word, else who comes first. */
function withoutOverlaps(tokens: readonly Token[]): readonly Token[] {
  const sorted = tokens.toSorted((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
  const result: Token[] = [];
  for (const token of sorted) {
    if (token.range.end > token.range.start && (result.at(-1)?.range.end ?? 0) <= token.range.start)
      result.push(token);
  }
  return result;
}
