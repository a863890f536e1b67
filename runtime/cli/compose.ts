import { ApiError, ConnectionError } from "../api/api-error.ts";
import type { EngineClient } from "../api/engine-client.ts";
import { ComposeError } from "../compose/compose-error.ts";
import { readProject } from "../compose/read-project.ts";
import { nearest } from "../model/text/nearest.ts";
import { type Flags, list, onOff, text } from "./command-line.ts";
import { type ParsedArguments, parseArguments, wholeNumber } from "./compose-arguments.ts";
import type { ComposeContext } from "./compose-command.ts";
import { composeCommands } from "./compose-commands.ts";
import { lineOutput, printProblem } from "./compose-output.ts";
import { printCommandHelp, printGroupHelp } from "./help.ts";
import type { StandardStreams } from "./interactive.ts";

/** What the `berth` command hands to `berth compose`. */
export interface ComposeIo {
  readonly client: EngineClient;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  /** This program's own streams, for what runs in the terminal. */
  readonly streams?: StandardStreams;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

const globalFlags: Flags = {
  file: list("FILE", "A Compose file; again for another one", "f"),
  "project-name": text("NAME", "Name of the project", "p"),
  "project-directory": text("DIRECTORY", "What relative paths start from"),
  profile: list("NAME", "Turn a profile on"),
  "env-file": list("FILE", "Read variables from a file, not from .env"),
  parallel: text("N", "Most things done at the same time (16)"),
  "dry-run": onOff("Print what would be done, and do nothing"),
};

/** `berth compose ARGV…`: its exit code. Expected failures are printed, never thrown. */
export async function compose(argv: readonly string[], io: ComposeIo): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (io.signal.aborted) return 130;
    const isExpected =
      error instanceof ComposeError || error instanceof ApiError || error instanceof ConnectionError;
    if (!isExpected) throw error;
    io.stderr(`${error.message}\n`);
    return 1;
  }
}

async function dispatch(argv: readonly string[], io: ComposeIo): Promise<number> {
  const global = parseArguments(argv, globalFlags, { command: "compose", stopsAtWord: true });
  const [name, ...rest] = global.positionals;
  if (name === undefined || name === "help" || global.wantsHelp) {
    io.stdout(usage());
    return name === undefined && !global.wantsHelp ? 1 : 0;
  }
  const command = composeCommands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new ComposeError(unknownCommand(name));
  const flags = { ...command.flags, "dry-run": dryRun };
  const stopsAtWord = command.stopAtPositional ?? false;
  const parsed = parseArguments(rest, flags, { command: `compose ${name}`, stopsAtWord });
  if (parsed.wantsHelp) {
    const { summary, usage, examples = [] } = command;
    io.stdout(printCommandHelp("berth compose", { name, summary, usage, flags, examples }));
    return 0;
  }
  const context = await openContext(global, parsed, io);
  return context === undefined ? 1 : await command.run(context, parsed);
}

const dryRun = onOff("Print what would be done, and do nothing");

/** Loads the project; undefined when it has errors, which are printed. */
async function openContext(
  global: ParsedArguments,
  parsed: ParsedArguments,
  io: ComposeIo,
): Promise<ComposeContext | undefined> {
  const source = {
    cwd: io.cwd,
    env: io.env,
    files: global.values("file"),
    projectDirectory: global.value("project-directory"),
    projectName: global.value("project-name"),
    profiles: global.values("profile"),
    envFiles: global.values("env-file"),
  };
  const read = await readProject(source, io.signal);
  for (const problem of read.problems) io.stderr(printProblem(problem, read.texts.get(problem.file)));
  if (read.problems.some((problem) => problem.severity === "error")) return undefined;
  const parallel = global.value("parallel");
  return {
    session: {
      client: io.client,
      project: read.project,
      environment: read.environment,
      output: lineOutput(io.stderr),
      parallel: parallel === undefined ? 16 : Math.max(1, wholeNumber("--parallel", parallel)),
    },
    tree: read.tree,
    dryRun: global.has("dry-run") || parsed.has("dry-run"),
    stdout: io.stdout,
    stderr: io.stderr,
    ...(io.streams === undefined ? {} : { streams: io.streams }),
    signal: io.signal,
  };
}

function usage(): string {
  const about = "Define and run applications of several containers";
  return printGroupHelp("berth compose", about, [["Commands", composeCommands]], globalFlags);
}

function unknownCommand(name: string): string {
  const meant = nearest(
    name,
    composeCommands.map((each) => each.name),
  );
  const hint = meant === undefined ? "" : `; did you mean "compose ${meant}"?`;
  return `unknown command "compose ${name}"${hint}\n${usage()}`;
}
