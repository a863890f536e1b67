import type { Readable, Writable } from "node:stream";
import { createEngineClient } from "../api/client.ts";
import { nearest } from "../model/text/nearest.ts";
import { commands, commonCommands, globalFlags, groups, others } from "./catalog.ts";
import { type Command, type CommandContext, type CommandGroup, errorText } from "./command.ts";
import { parseCommandLine, UsageError } from "./command-line.ts";
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

/** The `berth` command but for `engine`: its exit code. Failures are printed, never thrown. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (context.signal.aborted) return 130;
    context.stderr.write(`${error instanceof UsageError ? "berth: " : ""}${errorText(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    context.stderr.write("See 'berth COMMAND --help'.\n");
    return error.exitCode;
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
    if (name === "help" && rest.length > 0) return await dispatch([...rest, "--help"], cli);
    cli.stdout.write(printOverview());
    return 0;
  }
  if (name === "completion" || name === "__complete") {
    const { complete, completionScript } = await import("./completion.ts");
    const client = createEngineClient(engineAddress(parsed.flags.host, cli.env));
    cli.stdout.write(
      name === "completion" ? completionScript(rest) : await complete(rest, client, cli.signal),
    );
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

function printOverview(): string {
  const rest = commands.filter((each) => !commonCommands.includes(each));
  return printGroupHelp(
    "berth",
    "Containers without Docker",
    [
      ["Common commands", commonCommands],
      ["Management commands", groups],
      ["Commands", rest],
      ["Other commands", others],
    ],
    globalFlags,
  );
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
  context.stdout.write(printGroupHelp(path, group.summary, [["Commands", group.commands]]));
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
  if (found === undefined) {
    const names = path === "berth" ? [...table, ...groups, ...others] : table;
    const meant = nearest(
      name,
      names.map((each) => each.name),
    );
    const hint = meant === undefined ? "" : `\nDid you mean '${path} ${meant}'?`;
    throw new UsageError(`'${name}' is not a ${path} command.${hint}`, 1);
  }
  return await found.run(argv, `${path} ${name}`, context);
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
