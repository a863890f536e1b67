import type { ContainerConfig } from "../../api/types/container.ts";
import type { RunInstruction } from "../../model/dockerfile/types.ts";
import { commandWords, shellOf } from "./metadata.ts";

/** What a RUN runs. */
export interface RunCommand {
  readonly args: readonly string[];
  /** A heredoc that begins with `#!` is a file of its own; it must be there, executable, under this path. */
  readonly script?: { readonly path: string; readonly content: string };
}

/**
 * The command of a RUN: exec form, shell form, one heredoc as a script, or a shell line with heredocs behind it.
 * Source: Dockerfile reference, "Here-Documents".
 */
export function runCommand(instruction: RunInstruction, config: ContainerConfig, source: string): RunCommand {
  const { command, heredocs } = instruction;
  const [first] = heredocs;
  if (command.form === "exec" || first === undefined) return { args: commandWords(command, config) };
  const isOnlyHeredoc = heredocs.length === 1 && /^\d*<<-?["']?[^\s<"']+["']?$/.test(command.text);
  if (!isOnlyHeredoc) {
    const bodies = heredocs.map(({ bodyRange, name }) => source.slice(bodyRange.start, bodyRange.end) + name);
    return { args: [...shellOf(config), [command.text, ...bodies].join("\n")] };
  }
  if (!first.content.startsWith("#!")) return { args: [...shellOf(config), first.content] };
  const path = `/dev/pipes/${first.name.replaceAll("/", "_")}`;
  return { args: [path], script: { path, content: first.content } };
}
