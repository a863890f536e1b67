import { type FileHandle, open } from "node:fs/promises";

const blockBytes = 64 * 1024;

/** A place in a log, whatever its file is called by now. */
export interface LogPosition {
  readonly inode: number;
  readonly offset: number;
}

export interface OpenLogFile {
  readonly handle: FileHandle;
  readonly inode: number;
}

/** Name of the `age`-th file of a log; 0 is the one that is written. */
export function logFileName(path: string, age: number): string {
  return age === 0 ? path : `${path}.${age}`;
}

/**
 * The files of a log, the newest first, up to that with the inode `last`. Files only move to higher numbers, so a search
 * in this order misses none while they move; one number may be free for a moment.
 */
export async function openLogFiles(path: string, last?: number): Promise<readonly OpenLogFile[]> {
  const files: OpenLogFile[] = [];
  let missing = 0;
  for (let age = 0; missing < 2; age++) {
    const handle = await open(logFileName(path, age), "r").catch(ignoreAbsent);
    if (handle === undefined) {
      missing++;
      continue;
    }
    missing = 0;
    const inode = (await handle.stat()).ino;
    if (files.at(-1)?.inode === inode) {
      await handle.close();
      continue;
    }
    files.push({ handle, inode });
    if (inode === last) break;
  }
  return files;
}

/** Where what is written next will stand. */
export async function logEnd(path: string): Promise<LogPosition | undefined> {
  const files = await openLogFiles(path);
  try {
    const newest = files[0];
    return newest === undefined
      ? undefined
      : { inode: newest.inode, offset: (await newest.handle.stat()).size };
  } finally {
    for (const file of files) await file.handle.close();
  }
}

/** Where the last `lines` lines begin; undefined when all lines are wanted. */
export async function logTail(path: string, lines: number): Promise<LogPosition | undefined> {
  if (lines <= 0) return await logEnd(path);
  const files = await openLogFiles(path);
  try {
    let left = lines;
    for (const [age, { handle, inode }] of files.entries()) {
      const { offset, found } = await tailOffset(handle, left, age === 0);
      if (offset > 0 || found > left) return { inode, offset };
      left -= found;
      // The next older file's end is where the tail begins.
      if (left <= 0) return { inode, offset: 0 };
    }
    return undefined;
  } finally {
    for (const file of files) await file.handle.close();
  }
}

/** Where the last `lines` lines of a file begin, and how many were found. Read backwards, so that a long log costs nothing. */
async function tailOffset(
  file: FileHandle,
  lines: number,
  isNewest: boolean,
): Promise<{ readonly offset: number; readonly found: number }> {
  const { size } = await file.stat();
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
      if (isLineEnd || (isNewest && found === 0)) found++;
      if (found > lines) return { offset: position + pending.length, found };
      pending = pending.subarray(0, start);
      if (start === 0) break;
    }
  }
  return { offset: 0, found };
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
