import { watch } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { LogDecoder, type LogRecord } from "./log-codec.ts";

const blockBytes = 64 * 1024;

/** What tells a follower that nothing will be written any more. */
export interface LogEnd {
  /** Resolves when the writer has ended; what it wrote before is in the file by then. */
  readonly ended: Promise<unknown>;
}

/**
 * The records of a log file from `offset`. Without `follow` it ends at the end of the file; with it, when the writer has
 * ended and all is read. New bytes are told of by inotify. When the writer begins a new file in its place (its size limit),
 * the old one is read to the end first. Ends quietly on abort.
 */
export async function* readLog(
  path: string,
  offset: number,
  follow: LogEnd | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogRecord> {
  const decoder = new LogDecoder();
  const buffer = Buffer.alloc(blockBytes);
  let ended = follow === undefined;
  let dirty = false;
  let wake = () => {};
  const notice = () => {
    dirty = true;
    wake();
  };
  const onEnd = () => {
    ended = true;
    notice();
  };
  follow?.ended.then(onEnd, onEnd);
  signal.addEventListener("abort", notice, { once: true });
  let source = await openLog(path, follow === undefined ? undefined : notice);
  let position = offset;
  try {
    while (!signal.aborted) {
      // Read again once after the end was told: the last bytes came before it.
      const last = ended;
      dirty = false;
      for (;;) {
        const { bytesRead } = await source.file.read(buffer, 0, blockBytes, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        for (const record of decoder.push(buffer.subarray(0, bytesRead))) {
          yield record;
          if (signal.aborted) return;
        }
      }
      if (await wasReplaced(path, source.inode)) {
        const next = await openLog(path, follow === undefined ? undefined : notice);
        await source.close();
        source = next;
        position = 0;
        continue;
      }
      if (last) return;
      if (!dirty && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = () => {};
      }
    }
  } finally {
    signal.removeEventListener("abort", notice);
    await source.close();
  }
}

interface LogSource {
  readonly file: FileHandle;
  readonly inode: number;
  readonly close: () => Promise<void>;
}

async function openLog(path: string, notice: (() => void) | undefined): Promise<LogSource> {
  const file = await open(path, "r");
  const watcher = notice === undefined ? undefined : watch(path, notice);
  if (notice !== undefined) watcher?.on("error", notice);
  const { ino } = await file.stat();
  return {
    file,
    inode: ino,
    close: async () => {
      watcher?.close();
      await file.close();
    },
  };
}

/** False when there is no file any more: the container was removed, and what was opened is read to its end. */
async function wasReplaced(path: string, inode: number): Promise<boolean> {
  const now = await stat(path).catch(() => undefined);
  return now !== undefined && now.ino !== inode;
}

/** Where the last `lines` lines begin. Read backwards, so that a long log costs nothing. */
export async function tailOffset(path: string, lines: number): Promise<number> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let found = 0;
  let position = size;
  // Records end in a line feed; one is looked at when the one before it is known to begin.
  let pending = Buffer.alloc(0);
  while (position > 0) {
    const length = Math.min(blockBytes, position);
    position -= length;
    const block = await readExactly(file, position, length);
    pending = Buffer.concat([block, pending]);
    for (;;) {
      const start = pending.lastIndexOf(0x0a, pending.length - 2) + 1;
      if (start === 0 && position > 0) break;
      if (pending.length === 0) break;
      const isLineEnd = / (?:stdout|stderr) F /.test(pending.toString("latin1", start, start + 64));
      // An unfinished line at the very end counts as one.
      if (isLineEnd || found === 0) found++;
      if (found > lines) return position + pending.length;
      pending = pending.subarray(0, start);
      if (start === 0) break;
    }
  }
  return 0;
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
