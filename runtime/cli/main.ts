import type { Readable, Writable } from "node:stream";
import { createEngineClient } from "../api/client.ts";
import type { Command, CommandContext, CommandGroup } from "./command.ts";
import { errorText } from "./command.ts";
import { onOff, parseCommandLine, text, UsageError } from "./command-line.ts";
import { buildCommand } from "./commands/build.ts";
import { containerCommands, containerPrune } from "./commands/containers.ts";
import { copyCommand } from "./commands/copy.ts";
import { execCommand } from "./commands/exec.ts";
import { captureCommands, imageFileCommands } from "./commands/image-files.ts";
import { imageCommands, imagePrune } from "./commands/images.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { networkCommands } from "./commands/networks.ts";
import { pushCommand, registryCommands } from "./commands/registries.ts";
import { createCommand, runCommand } from "./commands/run.ts";
import { statsCommand } from "./commands/stats.ts";
import { systemCommands } from "./commands/system.ts";
import { volumeCommands } from "./commands/volumes.ts";
import { printGroupHelp } from "./help.ts";
import { engineAddress } from "./host.ts";

export interface CliContext {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly version: string;
}

const commands: readonly Command[] = [
  runCommand,
  execCommand,
  createCommand,
  buildCommand,
  ...containerCommands,
  copyCommand,
  statsCommand,
  ...captureCommands,
  ...imageCommands,
  ...imageFileCommands,
  ...registryCommands,
  inspectCommand,
  ...systemCommands,
];

const groups: readonly CommandGroup[] = [
  {
    name: "container",
    summary: "Manage containers",
    commands: [
      runCommand,
      execCommand,
      createCommand,
      ...renamed(containerCommands, "ps", "ls"),
      ...captureCommands,
      copyCommand,
      statsCommand,
      containerPrune,
    ],
  },
  {
    name: "image",
    summary: "Manage images",
    commands: [
      buildCommand,
      ...renamed(renamed(imageCommands, "images", "ls"), "rmi", "rm"),
      pushCommand,
      ...imageFileCommands,
      imagePrune,
    ],
  },
  { name: "network", summary: "Manage networks", commands: networkCommands },
  { name: "volume", summary: "Manage volumes", commands: volumeCommands },
];

/** Commands that take their own arguments apart. */
const others = [
  { name: "compose", summary: "Define and run applications of several containers" },
  { name: "engine", summary: "Run the engine in the foreground" },
  { name: "lint", summary: "Check Dockerfiles and Compose files" },
];

const globalFlags = {
  host: text("ADDRESS", "Engine to talk to: unix://PATH or tcp://HOST:PORT", "H"),
  version: onOff("Print the version", "v"),
} as const;

/** The `berth` command but for `engine`: its exit code. Failures are printed, never thrown. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (context.signal.aborted) return 130;
    context.stderr.write(`${error instanceof UsageError ? "berth: " : ""}${errorText(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    context.stderr.write("See 'berth COMMAND --help'.\n");
    return 125;
  }
}

async function dispatch(argv: readonly string[], cli: CliContext): Promise<number> {
  const parsed = parseCommandLine(argv, { flags: globalFlags, stopsAtWord: true });
  if (parsed.flags.version) {
    cli.stdout.write(`berth version ${cli.version}\n`);
    return 0;
  }
  const [name, ...rest] = parsed.words;
  if (parsed.wantsHelp || name === undefined || name === "help") {
    cli.stdout.write(printGroupHelp("berth", "Containers without Docker", groups, [...commands, ...others]));
    return 0;
  }
  if (name === "lint") {
    const { lint } = await import("./lint.ts");
    return await lint(rest, textContext(cli));
  }
  const client = createEngineClient(engineAddress(parsed.flags.host, cli.env));
  if (name === "compose") {
    const { compose } = await import("./compose.ts");
    return await compose(rest, { client, ...textContext(cli), streams: cli });
  }
  const context: CommandContext = { ...cli, client };
  const group = groups.find((each) => each.name === name);
  if (group !== undefined) return await runGroup(group, rest, context);
  return await runNamed(commands, name, rest, "berth", context);
}

async function runGroup(
  group: CommandGroup,
  argv: readonly string[],
  context: CommandContext,
): Promise<number> {
  const [name, ...rest] = argv;
  const path = `berth ${group.name}`;
  if (name !== undefined && name !== "--help")
    return await runNamed(group.commands, name, rest, path, context);
  context.stdout.write(printGroupHelp(path, group.summary, [], group.commands));
  return 0;
}

async function runNamed(
  table: readonly Command[],
  name: string,
  argv: readonly string[],
  path: string,
  context: CommandContext,
): Promise<number> {
  const found = table.find((each) => each.name === name);
  if (found === undefined) throw new UsageError(`'${name}' is not a ${path} command.`);
  return await found.run(argv, `${path} ${name}`, context);
}

function renamed(table: readonly Command[], from: string, to: string): readonly Command[] {
  return table.map((each) => (each.name === from ? { ...each, name: to } : each));
}

function textContext(cli: CliContext) {
  return {
    stdout: (line: string) => void cli.stdout.write(line),
    stderr: (line: string) => void cli.stderr.write(line),
    cwd: cli.cwd,
    env: cli.env,
    signal: cli.signal,
  };
}
