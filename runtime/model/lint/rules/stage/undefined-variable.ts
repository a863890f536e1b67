import type { Instruction, Stage } from "../../../dockerfile/types.ts";
import { nearest } from "../../../text/nearest.ts";
import { type Finding, insertFix, type LintSubject, type Rule, replaceFix } from "../../rule.ts";
import { declaredNames, lineage, PLATFORM_ARGS, type VariableUse, variableUses } from "../../variables.ts";

/** Instructions whose arguments the builder expands. */
const EXPANDED = new Set([
  "ADD",
  "COPY",
  "ENV",
  "EXPOSE",
  "LABEL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
  "ARG",
]);
const ALWAYS_SET = ["PATH", "HOME"];

export const undefinedVariable: Rule = {
  name: "undefined-variable",
  codes: ["UndefinedVar"],
  summary: "A variable is declared before it is used.",
  documentation:
    "An undeclared variable is empty. ARGs before the first FROM are not seen in stages until declared again. The base image may set variables that the file does not show, so an unknown name is reported only where it cannot come from there or resembles a declared one.",
  severity: "warning",
  *check(subject) {
    for (const stage of subject.tree.stages) yield* checkStage(subject, stage);
  },
};

function* checkStage(subject: LintSubject, stage: Stage): Generator<Finding> {
  const { tree } = subject;
  const chain = lineage(tree, stage);
  const isFromScratch = chain[chain.length - 1]!.from.image?.value.toLowerCase() === "scratch";
  const known = new Set([...(isFromScratch ? [] : ALWAYS_SET), ...chain.slice(1).flatMap(inheritedNames)]);
  const globals = new Set(tree.globalArgs.flatMap(declaredNames));
  for (const instruction of stage.instructions) {
    if (EXPANDED.has(instruction.name)) {
      for (const use of variableUses(tree, headRange(instruction))) {
        if (use.hasFallback || known.has(use.name)) continue;
        const finding = judge(use, instruction, known, globals, isFromScratch);
        if (finding !== undefined) yield finding;
      }
    }
    for (const name of declaredNames(instruction)) known.add(name);
  }
}

function judge(
  use: VariableUse,
  instruction: Instruction,
  known: ReadonlySet<string>,
  globals: ReadonlySet<string>,
  isFromScratch: boolean,
): Finding | undefined {
  const { name, range } = use;
  if (globals.has(name) || PLATFORM_ARGS.has(name)) {
    const where = globals.has(name) ? "is declared before the first FROM only" : "is set by the build";
    return {
      range,
      message: `ARG ${name} ${where}: declare it in this stage to use it`,
      fixes: [insertFix(`Add ARG ${name}`, instruction.range.start, `ARG ${name}\n`, false)],
    };
  }
  // UID and GID are near by letters only.
  const meant = name.length < 4 ? undefined : nearest(name, known);
  if (meant !== undefined) {
    const nameRange = { start: range.end - name.length, end: range.end };
    return {
      range,
      message: `variable ${name} is not declared: did you mean ${meant}?`,
      fixes: [replaceFix(`Write ${meant}`, nameRange, meant, false)],
    };
  }
  return isFromScratch
    ? { range, message: `variable ${name} is not declared and therefore empty` }
    : undefined;
}

/** A stage built on another sees its environment, not its build arguments. */
function inheritedNames(stage: Stage): readonly string[] {
  return stage.instructions.flatMap((instruction) =>
    instruction.name === "ENV" ? declaredNames(instruction) : [],
  );
}

function headRange(instruction: Instruction): Finding["range"] {
  const end = Math.min(
    instruction.range.end,
    ...instruction.heredocs.map((heredoc) => heredoc.bodyRange.start),
  );
  return { start: instruction.keyword.range.end, end };
}
