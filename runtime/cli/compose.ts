import { ApiError, ConnectionError } from "../api/api-error.ts";
import type { EngineClient } from "../api/engine-client.ts";
import { ComposeError } from "../compose/compose-error.ts";
import { readProject } from "../compose/read-project.ts";
import { type OptionSpec, type ParsedArguments, parseArguments, wholeNumber } from "./compose-arguments.ts";
import type { ComposeContext } from "./compose-command.ts";
import { composeCommands } from "./compose-commands.ts";
import { lineOutput, printProblem } from "./compose-output.ts";
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

const GLOBAL: readonly OptionSpec[] = [
  { name: "file", short: "f", takes: "values" },
  { name: "project-name", short: "p", takes: "value" },
  { name: "project-directory", takes: "value" },
  { name: "profile", takes: "values" },
  { name: "env-file", takes: "values" },
  { name: "parallel", takes: "value" },
  { name: "dry-run", takes: "nothing" },
  { name: "help", short: "h", takes: "nothing" },
];

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
  const global = parseArguments(argv, GLOBAL, { command: "compose", stopAtPositional: true });
  const [name, ...rest] = global.positionals;
  if (name === undefined || name === "help" || global.has("help")) {
    io.stdout(usage());
    return name === undefined && !global.has("help") ? 1 : 0;
  }
  const command = composeCommands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new ComposeError(`unknown command "compose ${name}"\n${usage()}`);
  const specs = [...command.options, DRY_RUN, HELP];
  const options = command.stopAtPositional ? ({ stopAtPositional: true } as const) : {};
  const parsed = parseArguments(rest, specs, { command: `compose ${name}`, ...options });
  if (parsed.has("help")) {
    io.stdout(
      `Usage: berth compose ${command.usage}\n\n${command.summary}\n\nOptions: ${printOptions(specs)}\n`,
    );
    return 0;
  }
  const context = await openContext(global, parsed, io);
  return context === undefined ? 1 : await command.run(context, parsed);
}

const DRY_RUN: OptionSpec = { name: "dry-run", takes: "nothing" };
const HELP: OptionSpec = { name: "help", short: "h", takes: "nothing" };

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
  const lines = composeCommands.map((command) => `  ${command.name.padEnd(9)} ${command.summary}`);
  return `Usage: berth compose [OPTIONS] COMMAND\n\nOptions: ${printOptions(GLOBAL)}\n\nCommands:\n${lines.join("\n")}\n`;
}

function printOptions(specs: readonly OptionSpec[]): string {
  return specs
    .map((spec) => (spec.short === undefined ? `--${spec.name}` : `-${spec.short}/--${spec.name}`))
    .join(" ");
}
