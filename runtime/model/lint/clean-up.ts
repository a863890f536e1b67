import { hasMountAt, type InstallShape, installs } from "./install.ts";
import type { Finding, LintSubject } from "./rule.ts";
import { argumentsOf, type ShellCommand } from "./shell.ts";
import { shippedStages } from "./variables.ts";

/** How a package manager's cache is removed. */
export interface CleanUp {
  readonly program: string;
  readonly verb: string;
  /** The cache: removing it, or a mount at it, counts as cleaning. */
  readonly directory: string;
  /** What the message offers. */
  readonly command: string;
}

/** One finding for each RUN that installs and leaves the cache in its layer, in stages that end up in the image. */
export function* uncleaned(subject: LintSubject, shape: InstallShape, cleanUp: CleanUp): Generator<Finding> {
  const shipped = shippedStages(subject.tree);
  const seen = new Set<object>();
  for (const { run, verb, command } of installs(subject, shape)) {
    if (seen.has(run) || !shipped.has(run.stage) || hasMountAt(run, cleanUp.directory)) continue;
    const program = { ...cleanUp, program: command.program };
    if (subject.commands(run).some((one) => cleans(one, program))) continue;
    seen.add(run);
    yield { range: verb.range, message: `the cache stays in the layer: add ${cleanUp.command} to this RUN` };
  }
}

function cleans(command: ShellCommand, { program, verb, directory }: CleanUp): boolean {
  const words = argumentsOf(command).map(({ value }) => value);
  if (command.program === program) return words.includes(verb);
  return command.program === "rm" && words.some((word) => word.includes(directory));
}
