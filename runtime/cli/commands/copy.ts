import { stat } from "node:fs/promises";
import { basename, dirname, join, posix, resolve } from "node:path";
import { ApiError } from "../../api/api-error.ts";
import type { PathStat } from "../../api/types/archive.ts";
import { type Command, type CommandContext, command } from "../command.ts";
import { onOff, UsageError } from "../command-line.ts";
import { packPath, unpackTo } from "../copy-archive.ts";
import { write } from "../write.ts";

interface CopyFlags {
  readonly archive: boolean;
  readonly "follow-link": boolean;
}

/** `cp`. */
export const copyCommand: Command = command({
  name: "cp",
  summary: "Copy files between a container and this machine",
  usage: "[OPTIONS] CONTAINER:PATH PATH|-  or  PATH|- CONTAINER:PATH",
  flags: {
    archive: onOff("Files copied in belong to the container's user", "a"),
    "follow-link": onOff("Copy what a symbolic link points to", "L"),
    quiet: onOff("Say nothing about what is copied", "q"),
  },
  words: [2, 2],
  run: async (flags, [source = "", target = ""], context) => {
    const [from, to] = [containerPath(source), containerPath(target)];
    if (from !== undefined && to !== undefined) {
      throw new UsageError("copying between containers is not supported");
    }
    if (from !== undefined) await copyOut(from, target, flags, context);
    else if (to !== undefined) await copyIn(source, to, flags, context);
    else throw new UsageError("must specify at least one container source");
  },
});

interface InContainer {
  readonly id: string;
  readonly path: string;
}

/** `NAME:PATH`; what begins like a path of this machine is one, whatever colons it has. */
function containerPath(word: string): InContainer | undefined {
  const colon = word.indexOf(":");
  if (colon <= 0 || /^[./]/.test(word)) return undefined;
  return { id: word.slice(0, colon), path: posix.join("/", word.slice(colon + 1)) + dotEnd(word) };
}

function dotEnd(path: string): string {
  return /\/\.$/.test(path) ? "/." : "";
}

const isDirectory = (entry: PathStat) => entry.mode >= 2 ** 31;
const wantsContent = (path: string) => /(^|\/)\.$/.test(path);

async function copyOut(
  from: InContainer,
  target: string,
  flags: CopyFlags,
  { client, cwd, signal, stdout }: CommandContext,
): Promise<void> {
  let { path } = from;
  if (flags["follow-link"]) {
    const { linkTarget } = await client.containers.statPath(from.id, path, signal);
    if (linkTarget !== "") path = linkTarget;
  }
  const { stat: entry, chunks } = await client.containers.readArchive(from.id, path, signal);
  if (target === "-") {
    for await (const chunk of chunks) await write(stdout, chunk, signal);
    return;
  }
  const place = resolve(cwd, target);
  const there = await stat(place).catch(() => undefined);
  if (there !== undefined && !there.isDirectory() && isDirectory(entry)) {
    throw new Error(`cannot copy a directory to a file: ${target}`);
  }
  if (there === undefined && /\/$/.test(target) && !isDirectory(entry)) {
    throw new Error(`no such directory: ${target}`);
  }
  if (there === undefined && (await stat(dirname(place)).catch(() => undefined)) === undefined) {
    throw new Error(`invalid output path: directory ${JSON.stringify(dirname(place))} does not exist`);
  }
  const goesInside = there?.isDirectory() === true && !wantsContent(path);
  await unpackTo(chunks, goesInside ? join(place, posix.basename(from.path)) : place, signal);
}

async function copyIn(
  source: string,
  to: InContainer,
  flags: CopyFlags,
  { client, cwd, signal, stdin }: CommandContext,
): Promise<void> {
  const options = { copyUidGid: flags.archive, noOverwriteDirNonDir: true };
  if (source === "-") {
    return await client.containers.writeArchive(
      to.id,
      to.path,
      stdin as AsyncIterable<Buffer>,
      options,
      signal,
    );
  }
  const place = resolve(cwd, source);
  const info = await stat(place);
  const there = await findInContainer(to, client, signal);
  if (there !== undefined && !isDirectory(there.stat) && info.isDirectory()) {
    throw new Error(`cannot copy a directory to a file: ${to.id}:${to.path}`);
  }
  if (there === undefined && /.\/$/.test(to.path) && !info.isDirectory()) {
    throw new Error(`no such directory: ${to.id}:${to.path}`);
  }
  const [directory, name] =
    there !== undefined && isDirectory(there.stat)
      ? [there.path, wantsContent(source) ? "." : basename(place)]
      : [posix.dirname(there?.path ?? to.path), posix.basename(there?.path ?? to.path)];
  const archive = packPath(place, name, signal);
  await client.containers.writeArchive(to.id, directory, archive, options, signal);
}

/** What stands at the path, or where a link there leads; undefined when there is nothing. */
async function findInContainer(
  to: InContainer,
  client: CommandContext["client"],
  signal: AbortSignal,
): Promise<{ readonly stat: PathStat; readonly path: string } | undefined> {
  const look = (path: string) =>
    client.containers.statPath(to.id, path, signal).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  const found = await look(to.path);
  if (found === undefined || found.linkTarget === "") return found && { stat: found, path: to.path };
  const end = await look(found.linkTarget);
  return end && { stat: end, path: found.linkTarget };
}
