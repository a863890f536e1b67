import { watch } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { LogDecoder, type LogRecord } from "./log-codec.ts";
import { type LogPosition, openLogFiles } from "./log-files.ts";

const blockBytes = 64 * 1024;

/** What tells a follower that nothing will be written any more. */
export interface LogEnd {
  /** Resolves when the writer has ended; what it wrote before is in the file by then. */
  readonly ended: Promise<unknown>;
}

/**
 * The records of a log from a position, or from the oldest that is kept. Without `follow` it ends at the end of the newest
 * file; with it, when the writer has ended and all is read. New bytes are told of by inotify. When the writer goes on in
 * another file (the size limit), the old one is read to its end first. Ends quietly on abort.
 */
export async function* readLog(
  path: string,
  from: LogPosition | undefined,
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
  const source = new LogSource(path, follow === undefined ? undefined : notice);
  try {
    await source.open(from);
    while (!signal.aborted) {
      // All of this is looked at before the bytes: those written before the end, or before the next file, are still
      // read, and what is told from here on leads to another round.
      dirty = false;
      const last = ended;
      const next = await source.findNext();
      for (;;) {
        const bytesRead = await source.read(buffer);
        if (bytesRead === 0) break;
        for (const record of decoder.push(buffer.subarray(0, bytesRead))) {
          yield record;
          if (signal.aborted) return await next?.close();
        }
      }
      if (next !== undefined) {
        await source.goOn(next);
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

/** One file of a log after the other; the one that is read is watched. */
class LogSource {
  readonly #path: string;
  readonly #notice: (() => void) | undefined;
  #file: FileHandle | undefined;
  #inode = 0;
  #position = 0;
  #watcher: { readonly close: () => void } | undefined;

  constructor(path: string, notice: (() => void) | undefined) {
    this.#path = path;
    this.#notice = notice;
  }

  async open(from: LogPosition | undefined): Promise<void> {
    const files = await openLogFiles(this.#path);
    const wanted = files.find((file) => file.inode === from?.inode) ?? files.at(-1);
    for (const file of files) if (file !== wanted) await file.handle.close();
    if (wanted === undefined) return;
    this.#take(wanted.handle, wanted.inode);
    this.#position = wanted.inode === from?.inode ? from.offset : 0;
  }

  /** The file that the writer went on with after this one; undefined as long as it is the newest. */
  async findNext(): Promise<FileHandle | undefined> {
    const files = await openLogFiles(this.#path, this.#inode);
    const isKnown = files.at(-1)?.inode === this.#inode;
    // Of those that are newer the oldest; when this one is not kept any more, the oldest there is.
    const next = isKnown ? files.at(-2) : files.at(-1);
    for (const file of files) if (file !== next) await file.handle.close();
    return next?.handle;
  }

  async goOn(next: FileHandle): Promise<void> {
    await this.close();
    this.#take(next, (await next.stat()).ino);
    this.#position = 0;
  }

  async read(buffer: Buffer): Promise<number> {
    if (this.#file === undefined) return 0;
    const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#position);
    this.#position += bytesRead;
    return bytesRead;
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    await this.#file?.close();
    this.#file = undefined;
  }

  #take(file: FileHandle, inode: number): void {
    this.#file = file;
    this.#inode = inode;
    const notice = this.#notice;
    if (notice === undefined) return;
    // By descriptor: the name may be another file's by now.
    const watcher = watch(`/proc/self/fd/${file.fd}`, notice);
    watcher.on("error", notice);
    this.#watcher = watcher;
  }
}
