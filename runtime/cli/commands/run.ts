import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ApiError } from "../../api/api-error.ts";
import { type Command, type CommandContext, command, errorText } from "../command.ts";
import { onOff, text, UsageError } from "../command-line.ts";
import { credentialsForImage } from "../credentials.ts";
import { linesOf } from "../lines-file.ts";
import { showProgress } from "../progress.ts";
import { type ContainerFlags, containerFlags } from "../run-flags.ts";
import { containerRequest, type RequestSurroundings } from "../run-request.ts";
import { attachAndWait } from "./attachment.ts";

/** What the docker command ends with when the container never ran. */
const engineFailed = 125;

type Streams = RequestSurroundings["attaches"];

/** `create`. */
export const createCommand: Command = command({
  name: "create",
  summary: "Create a container",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  examples: [["create --name web -p 8080:80 nginx", "Made, not started: berth start web"]],
  flags: containerFlags,
  words: [1, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (flags, words, context) => {
    context.stdout.write(`${await create(flags, words, streamsOf(flags, false), context)}\n`);
  },
});

/** `run`. */
export const runCommand: Command = command({
  name: "run",
  summary: "Create and run a container from an image",
  usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
  examples: [
    ["run --rm -it busybox sh", "A shell that leaves nothing behind"],
    [
      "run -d --name web -p 8080:80 -v ./site:/usr/share/nginx/html:ro nginx",
      "A web server in the background",
    ],
    ["run --rm -v data:/data busybox ls /data", "A look into a volume"],
  ],
  flags: {
    ...containerFlags,
    detach: onOff("Run in the background and print the container's id", "d"),
    "detach-keys": text("KEYS", "Keys that leave the container"),
    "sig-proxy": onOff("Pass signals on to the process (on)", undefined, true),
  },
  words: [1, Number.POSITIVE_INFINITY],
  stopsAtWord: true,
  run: async (flags, words, context) => {
    if (flags.tty && flags.interactive && !flags.detach && !isTerminal(context.stdin)) {
      throw new UsageError("the input device is not a TTY");
    }
    if (flags.detach && flags.attach.length > 0) throw new UsageError("conflicting options: -a and -d");
    const streams = streamsOf(flags, flags.detach);
    try {
      const id = await create(flags, words, streams, context);
      if (!flags.detach) return await runAttached(id, flags, streams, context);
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

/** The streams of `-a`; without it output always, input when it is kept open. */
function streamsOf(flags: ContainerFlags, isDetached: boolean): Streams {
  const wanted = flags.attach.map((name) => name.toLowerCase());
  const unknown = wanted.find((name) => !["stdin", "stdout", "stderr"].includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`invalid argument "${unknown}" for -a, --attach: use stdin, stdout or stderr`);
  }
  if (isDetached) return { stdin: false, stdout: false, stderr: false };
  if (wanted.length === 0) return { stdin: flags.interactive, stdout: true, stderr: true };
  const has = (name: string) => wanted.includes(name);
  return { stdin: has("stdin"), stdout: has("stdout"), stderr: has("stderr") };
}

function runAttached(
  id: string,
  flags: ContainerFlags & { readonly "detach-keys"?: string; readonly "sig-proxy": boolean },
  streams: Streams,
  context: CommandContext,
): Promise<number> {
  return attachAndWait(
    {
      container: id,
      ...streams,
      detachKeys: flags["detach-keys"],
      passesSignals: flags["sig-proxy"],
      until: flags.rm ? "removed" : "next-exit",
      start: () => context.client.containers.start(id, context.signal),
    },
    context,
  );
}

/** Creates the container; pulls its image first when the engine has none. Gives its id. */
async function create(
  flags: ContainerFlags,
  words: readonly string[],
  attaches: Streams,
  context: CommandContext,
): Promise<string> {
  const when = flags.pull ?? "missing";
  if (!["always", "missing", "never"].includes(when)) {
    throw new UsageError(`invalid argument "${when}" for --pull: use always, missing or never`);
  }
  const { client, signal, stderr, cwd } = context;
  const request = containerRequest(flags, words, {
    env: context.env,
    resolvePath: (path) => resolve(cwd, path.replace(/^~(?=\/|$)/, context.env.HOME ?? "~")),
    envFileLines: await linesOf(flags["env-file"], cwd),
    labelFileLines: await linesOf(flags["label-file"], cwd),
    securityOptions: await Promise.all(flags["security-opt"].map((option) => withProfile(option, cwd))),
    attaches,
  });
  const image = words[0] ?? "";
  if (when === "always") await pull(image, flags, context);
  const options = { name: flags.name, platform: flags.platform };
  const id = await warned(client.containers.create(request, options, signal), context).catch(
    async (error: unknown) => {
      const isMissing =
        error instanceof ApiError && error.status === 404 && /No such image/i.test(error.message);
      if (!isMissing || when !== "missing") throw error;
      stderr.write(`Unable to find image '${image}' locally\n`);
      await pull(image, flags, context);
      return await warned(client.containers.create(request, options, signal), context);
    },
  );
  if (flags.cidfile !== undefined) await writeFile(resolve(cwd, flags.cidfile), id, { flag: "wx" });
  return id;
}

async function pull(image: string, flags: ContainerFlags, { client, env, signal, stderr }: CommandContext) {
  const auth = await credentialsForImage(image, env);
  const options = { platform: flags.platform, ...(auth === undefined ? {} : { auth }) };
  const messages = client.images.pull(image, options, signal);
  if (flags.quiet) for await (const _message of messages);
  else await showProgress(messages, stderr, signal);
}

/** A seccomp profile is a file here; the engine, perhaps on another host, gets what is in it. */
async function withProfile(option: string, cwd: string): Promise<string> {
  const [, file] = /^seccomp[=:](.+)$/.exec(option) ?? [];
  if (file === undefined || file === "unconfined" || file === "builtin") return option;
  const profile: unknown = JSON.parse(await readFile(resolve(cwd, file), "utf8"));
  return `seccomp=${JSON.stringify(profile)}`;
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
