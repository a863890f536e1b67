import type { Stats } from "node:fs";
import type { PathStat } from "../../api/types/archive.ts";

/** Bits of Go's `fs.FileMode`, which the API speaks. Source: Go's io/fs. */
const goBits = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  pipe: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  characterDevice: 2 ** 21,
  sticky: 2 ** 20,
} as const;

/** A file's mode as Go's `fs.FileMode` holds it; without sign. */
export function goFileMode(info: Pick<Stats, "mode" | `is${FileKind}`>): number {
  let mode = info.mode & 0o777;
  if (info.isDirectory()) mode += goBits.directory;
  if (info.isSymbolicLink()) mode += goBits.symlink;
  if (info.isBlockDevice() || info.isCharacterDevice()) mode += goBits.device;
  if (info.isCharacterDevice()) mode += goBits.characterDevice;
  if (info.isFIFO()) mode += goBits.pipe;
  if (info.isSocket()) mode += goBits.socket;
  if ((info.mode & 0o4000) !== 0) mode += goBits.setuid;
  if ((info.mode & 0o2000) !== 0) mode += goBits.setgid;
  if ((info.mode & 0o1000) !== 0) mode += goBits.sticky;
  return mode;
}

type FileKind = "Directory" | "SymbolicLink" | "BlockDevice" | "CharacterDevice" | "FIFO" | "Socket";

/** The header `X-Docker-Container-Path-Stat`. */
export function printPathStat(stat: PathStat): string {
  return Buffer.from(JSON.stringify(stat), "utf8").toString("base64");
}
