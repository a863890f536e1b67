import type { CommandForm, Dockerfile, Instruction, RunInstruction } from "../dockerfile/types.ts";
import type { Call, LintOptions, LintSubject } from "./rule.ts";
import { parseShell, programName, type ShellCommand } from "./shell.ts";

const POSIX_SHELLS = /(?:^|[\\/])(?:sh|bash|dash|ash|ksh|zsh|busybox)(?:\.exe)?$/;

/** Prepares a tree for the rules; every derived value is computed at most once. */
export function lintSubject(tree: Dockerfile, options: LintOptions): LintSubject {
  const known = new Map<Instruction, readonly ShellCommand[]>();
  const foreign = foreignShell(tree);
  const runs = tree.instructions.map(runOf).filter((run) => run !== undefined);
  const commands = (instruction: Instruction): readonly ShellCommand[] => {
    let found = known.get(instruction);
    if (found === undefined) {
      found = foreign.has(instruction) ? [] : commandsOf(tree, instruction);
      known.set(instruction, found);
    }
    return found;
  };
  let byProgram: ReadonlyMap<string, readonly Call[]> | undefined;
  const calls = (...programs: readonly string[]): readonly Call[] => {
    byProgram ??= callsByProgram(runs, commands);
    const found = programs.flatMap((program) => byProgram?.get(program) ?? []);
    return programs.length === 1
      ? found
      : found.sort((a, b) => a.command.range.start - b.command.range.start);
  };
  return { tree, options, runs, commands, calls };
}

function callsByProgram(
  runs: readonly RunInstruction[],
  commands: LintSubject["commands"],
): ReadonlyMap<string, readonly Call[]> {
  const calls = new Map<string, Call[]>();
  for (const run of runs) {
    for (const command of commands(run)) {
      const list = calls.get(command.program);
      if (list === undefined) calls.set(command.program, [{ run, command }]);
      else list.push({ run, command });
    }
  }
  return calls;
}

function runOf(instruction: Instruction): RunInstruction | undefined {
  if (instruction.name === "RUN") return instruction;
  if (instruction.name === "ONBUILD" && instruction.trigger?.name === "RUN") return instruction.trigger;
  return undefined;
}

/** Instructions whose text goes to PowerShell, cmd or another shell that the rules cannot read. */
function foreignShell(tree: Dockerfile): ReadonlySet<Instruction> {
  const foreign = new Set<Instruction>();
  let isPosix = true;
  for (const instruction of tree.instructions) {
    if (instruction.name === "FROM") isPosix = true;
    if (instruction.name === "SHELL") isPosix = POSIX_SHELLS.test(instruction.words[0]?.value ?? "sh");
    if (isPosix) continue;
    foreign.add(instruction);
    if (instruction.name === "ONBUILD" && instruction.trigger !== undefined) foreign.add(instruction.trigger);
  }
  return foreign;
}

function commandsOf(tree: Dockerfile, instruction: Instruction): readonly ShellCommand[] {
  const command = commandForm(instruction);
  if (command === undefined) return [];
  if (command.form === "exec") return execCommand(command);
  const firstLine = { start: command.range.start, end: headEnd(instruction, command.range.end) };
  const commands = parseShell({
    text: tree.text,
    range: firstLine,
    escape: tree.escape,
    kind: "instruction",
  });
  const scripts = commands.some((one) => one.words.length > 0) ? [] : instruction.heredocs.slice(0, 1);
  const bodies = scripts
    .filter((heredoc) => !/^#!(?!.*\b(?:ba|da|a|k|z)?sh\b)/.test(heredoc.content))
    .flatMap((heredoc) =>
      parseShell({ text: tree.text, range: heredoc.bodyRange, escape: tree.escape, kind: "script" }),
    );
  return [...commands, ...bodies];
}

/** Heredoc bodies are no part of the instruction's own command line. */
function headEnd(instruction: Instruction, end: number): number {
  return Math.min(end, ...instruction.heredocs.map((heredoc) => heredoc.bodyRange.start));
}

function commandForm(instruction: Instruction): CommandForm | undefined {
  switch (instruction.name) {
    case "RUN":
    case "CMD":
    case "ENTRYPOINT":
    case "HEALTHCHECK":
      return instruction.command;
    default:
      return undefined;
  }
}

function execCommand(command: CommandForm & { form: "exec" }): readonly ShellCommand[] {
  const { words } = command;
  if (words.length === 0) return [];
  const range = { start: words[0]!.range.start, end: words[words.length - 1]!.range.end };
  const program = programName(words[0]);
  return [{ program, words, wrappers: [], assignments: [], range, before: "", after: "" }];
}
