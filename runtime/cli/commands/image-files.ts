import { createReadStream, createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ProgressMessage } from "../../api/types/image.ts";
import { type Command, type CommandContext, command } from "../command.ts";
import { list, onOff, text, UsageError } from "../command-line.ts";
import { showProgress } from "../progress.ts";
import { write } from "../write.ts";

const many = [1, Number.POSITIVE_INFINITY] as const;

const save = command({
  name: "save",
  summary: "Write images to a tar archive",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  examples: [["save web:1 db:2 | ssh other berth load", "Two images on their way to another host"]],
  flags: { output: text("FILE", "Write to a file instead of standard output", "o") },
  words: many,
  run: async ({ output }, names, context) =>
    await writeArchive(() => context.client.images.save(names, context.signal), output, context),
});

const load = command({
  name: "load",
  summary: "Read images from a tar archive",
  usage: "[OPTIONS]",
  flags: {
    input: text("FILE", "Read a file instead of standard input", "i"),
    quiet: onOff("Only print what was loaded", "q"),
  },
  words: [0, 0],
  run: async ({ input, quiet }, _words, context) => {
    const { client, signal, stdout } = context;
    const messages = client.images.load(source(input ?? "-", context), signal);
    await showProgress(quiet ? withoutStatus(messages) : messages, stdout, signal);
  },
});

async function* withoutStatus(messages: AsyncIterable<ProgressMessage>): AsyncGenerator<ProgressMessage> {
  for await (const message of messages) if (message.status === undefined) yield message;
}

const importCommand = command({
  name: "import",
  summary: "Make an image of a root file system",
  usage: "[OPTIONS] FILE|- [NAME[:TAG]]",
  flags: {
    change: list("INSTRUCTION", "Apply a Dockerfile instruction to the image", "c"),
    message: text("MESSAGE", "A message for its history", "m"),
  },
  words: [1, 2],
  run: async ({ change, message }, [file = "-", name = ""], context) => {
    const options = { ...splitName(name), changes: change, ...(message === undefined ? {} : { message }) };
    const { client, signal, stdout } = context;
    await showProgress(client.images.importRootfs(source(file, context), options, signal), stdout, signal);
  },
});

const commit = command({
  name: "commit",
  summary: "Make an image of a container",
  usage: "[OPTIONS] CONTAINER [NAME[:TAG]]",
  examples: [["commit -c 'CMD [\"sh\"]' shell tools:1", "What was done in it by hand, as an image"]],
  flags: {
    author: text("AUTHOR", "Who made it", "a"),
    change: list("INSTRUCTION", "Apply a Dockerfile instruction to the image", "c"),
    message: text("MESSAGE", "A message for its history", "m"),
    pause: onOff("Pause the container meanwhile (on)", "p", true),
  },
  words: [1, 2],
  run: async (flags, [container = "", name = ""], { client, signal, stdout }) => {
    const options = {
      ...splitName(name),
      changes: flags.change,
      pause: flags.pause,
      ...(flags.message === undefined ? {} : { comment: flags.message }),
      ...(flags.author === undefined ? {} : { author: flags.author }),
    };
    stdout.write(`${(await client.images.commit(container, options, signal)).Id}\n`);
  },
});

const diff = command({
  name: "diff",
  summary: "Show what a container changed in its file system",
  usage: "CONTAINER",
  examples: [["diff web", "A: added, C: changed, D: deleted"]],
  flags: {},
  words: [1, 1],
  run: async (_flags, [container = ""], { client, signal, stdout }) => {
    for (const { Kind, Path } of (await client.containers.changes(container, signal)) ?? []) {
      await write(stdout, `${["C", "A", "D"][Kind] ?? "?"} ${Path}\n`, signal);
    }
  },
});

const exportCommand = command({
  name: "export",
  summary: "Write a container's files to a tar archive",
  usage: "[OPTIONS] CONTAINER",
  flags: { output: text("FILE", "Write to a file instead of standard output", "o") },
  words: [1, 1],
  run: async ({ output }, [container = ""], context) =>
    await writeArchive(
      () => context.client.containers.exportTree(container, context.signal),
      output,
      context,
    ),
});

async function writeArchive(
  open: () => Promise<AsyncIterable<Buffer>>,
  output: string | undefined,
  { cwd, signal, stdout }: CommandContext,
): Promise<void> {
  if (output === undefined && isTerminal(stdout)) {
    throw new UsageError("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  }
  // Asked for first: what is not there leaves no empty file.
  const archive = await open();
  if (output === undefined) for await (const chunk of archive) await write(stdout, chunk, signal);
  else await pipeline(archive, createWriteStream(resolve(cwd, output), { mode: 0o600 }), { signal });
}

function source(file: string, { cwd, stdin }: CommandContext): AsyncIterable<Uint8Array> {
  if (file !== "-") return createReadStream(resolve(cwd, file), { highWaterMark: 256 * 1024 });
  if (isTerminal(stdin)) throw new UsageError("requested load from stdin, but stdin is a terminal");
  return Readable.from(stdin, { objectMode: false });
}

function isTerminal(stream: Readable | Writable): boolean {
  return "isTTY" in stream && stream.isTTY === true;
}

function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const colon = name.lastIndexOf(":");
  if (colon <= name.lastIndexOf("/")) return { repository: name, tag: "" };
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** `save`, `load`, `import`. */
export const imageFileCommands: readonly Command[] = [save, load, importCommand];

/** `commit`, `diff`, `export`. */
export const captureCommands: readonly Command[] = [commit, diff, exportCommand];
