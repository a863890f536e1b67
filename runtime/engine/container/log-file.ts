import { watch } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { LogDecoder, type LogRecord } from "./log-codec.ts";

const blockBytes = 64 * 1024;

/** What tells a follower that nothing will be written any more. */
export interface LogEnd {
  /** Resolves when the writer has ended; what it wrote before is in the file by then. */
  readonly ended: Promise<unknown>;
}

/**
 * The records of a log file from `offset`. Without `follow` it ends at the end of the file; with it, when the writer has
 * ended and all is read. New bytes are told of by inotify. Ends quietly on abort.
 */
export async function* readLog(
  path: string,
  offset: number,
  follow: LogEnd | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogRecord> {
  await using file = await open(path, "r");
  const decoder = new LogDecoder();
  const buffer = Buffer.alloc(blockBytes);
  let position = offset;
  let ended = follow === undefined;
  let dirty = false;
  let wake = () => {};
  const notice = () => {
    dirty = true;
    wake();
  };
  const watcher = follow === undefined ? undefined : watch(path, notice);
  watcher?.on("error", notice);
  const onEnd = () => {
    ended = true;
    notice();
  };
  follow?.ended.then(onEnd, onEnd);
  signal.addEventListener("abort", notice, { once: true });
  try {
    while (!signal.aborted) {
      // Read again once after the end was told: the last bytes came before it.
      const last = ended;
      dirty = false;
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, blockBytes, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        for (const record of decoder.push(buffer.subarray(0, bytesRead))) {
          yield record;
          if (signal.aborted) return;
        }
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
    watcher?.close();
  }
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
