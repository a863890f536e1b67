import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ApiError } from "../../api/api-error.ts";
import { type Command, type CommandContext, command, errorText } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { interact } from "../interactive.ts";
import { showProgress } from "../progress.ts";
import { type ContainerFlags, containerFlags, containerRequest } from "../run-request.ts";
import { forwardSignals } from "../signals.ts";

/** What the docker command ends with when the container never ran. */
const engineFailed = 125;

/** `create`. */
export const createCommand: Command = command({
  name: "create",
  summary: "Create a container",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  flags: containerFlags,
  words: [1, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (flags, words, context) => {
    context.stdout.write(`${await create(flags, words, true, context)}\n`);
  },
});

/** `run`. */
export const runCommand: Command = command({
  name: "run",
  summary: "Create and run a container from an image",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  flags: {
    ...containerFlags,
    detach: onOff("Run in the background and print the container's id", "d"),
    "detach-keys": text("KEYS", "Keys that leave the container"),
    "sig-proxy": onOff("Accepted for docker's sake: signals are always passed on"),
  },
  words: [1, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (flags, words, context) => {
    if (flags.tty && flags.interactive && !flags.detach && !isTerminal(context.stdin)) {
      throw new UsageError("the input device is not a TTY");
    }
    try {
      const id = await create(flags, words, !flags.detach, context);
      if (!flags.detach) return await runAttached(id, flags, context);
      await context.client.containers.start(id, context.signal);
      context.stdout.write(`${id}\n`);
      return 0;
    } catch (error) {
      if (context.signal.aborted || error instanceof UsageError) throw error;
      context.stderr.write(`berth: ${errorText(error)}\n`);
      return startFailureCode(error);
    }
  },
});

async function runAttached(
  id: string,
  flags: ContainerFlags & { readonly "detach-keys"?: string },
  context: CommandContext,
): Promise<number> {
  const { client, signal } = context;
  const detachKeys = flags["detach-keys"];
  const stream = await client.containers.attach(
    id,
    { stdin: flags.interactive, stdout: true, stderr: true, stream: true, detachKeys },
    signal,
  );
  const condition = flags.rm ? "removed" : "next-exit";
  const { exit } = await client.containers.beginWait(id, condition, signal);
  try {
    await client.containers.start(id, signal);
  } catch (error) {
    stream.socket.destroy();
    throw error;
  }
  using _signals = flags.tty ? undefined : forwardSignals((name) => client.containers.kill(id, name, signal));
  const end = await interact(
    {
      stream,
      sendsInput: flags.interactive,
      detachKeys,
      resize: (size) => client.containers.resize(id, size, signal),
    },
    context,
  );
  if (end === "detached") {
    context.stderr.write("read escape sequence\n");
    return 0;
  }
  const { StatusCode, Error: failure } = await exit;
  if (failure?.Message) context.stderr.write(`berth: ${failure.Message}\n`);
  return StatusCode;
}

/** Creates the container; pulls its image first when the engine has none. Gives its id. */
async function create(
  flags: ContainerFlags,
  words: readonly string[],
  attachesOutput: boolean,
  context: CommandContext,
): Promise<string> {
  const files = await Promise.all(
    flags["env-file"].map((file) => readFile(resolve(context.cwd, file), "utf8")),
  );
  const envFileLines = files
    .flatMap((content) => content.split("\n"))
    .map((line) => line.replace(/\r$/, "").trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const request = containerRequest(flags, words, {
    env: context.env,
    resolvePath: (path) => resolve(context.cwd, path.replace(/^~(?=\/|$)/, context.env.HOME ?? "~")),
    envFileLines,
    attachesOutput,
  });
  const { client, signal, stderr } = context;
  const options = { name: flags.name, platform: flags.platform };
  try {
    return await warned(client.containers.create(request, options, signal), context);
  } catch (error) {
    const isMissing =
      error instanceof ApiError && error.status === 404 && /No such image/i.test(error.message);
    if (!isMissing) throw error;
  }
  const image = words[0] ?? "";
  stderr.write(`Unable to find image '${image}' locally\n`);
  await showProgress(client.images.pull(image, { platform: flags.platform }, signal), stderr, signal);
  return await warned(client.containers.create(request, options, signal), context);
}

async function warned(
  created: Promise<{ readonly Id: string; readonly Warnings: readonly string[] | null }>,
  { stderr }: CommandContext,
): Promise<string> {
  const { Id, Warnings } = await created;
  for (const warning of Warnings ?? []) stderr.write(`WARNING: ${warning}\n`);
  return Id;
}

/** 127 for a command that is not there, 126 for one that cannot be run, as shells do. */
function startFailureCode(error: unknown): number {
  if (!(error instanceof ApiError)) return engineFailed;
  if (/executable file .* not found|executable file not found|no such file or directory/i.test(error.message))
    return 127;
  if (/permission denied|is a directory|exec format error/i.test(error.message)) return 126;
  return engineFailed;
}

function isTerminal(stream: object): boolean {
  return "isTTY" in stream && stream.isTTY === true;
}
