import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";

export interface DeviceNode {
  readonly path: string;
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  readonly fileMode: number;
  readonly uid: number;
  readonly gid: number;
}

/** A device node of the host, or all below a directory; `target` is where it shows in the container. */
export async function readDevices(path: string, target: string): Promise<DeviceNode[]> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new EngineError(
      "invalid-argument",
      `error gathering device information while adding custom device "${path}": ${error.code === "ENOENT" ? "no such file or directory" : error.message}`,
      { cause: error },
    );
  });
  if (info.isDirectory()) return await readDeviceTree(path, target);
  if (!info.isCharacterDevice() && !info.isBlockDevice()) {
    throw new EngineError(
      "invalid-argument",
      `error gathering device information while adding custom device "${path}": not a device node`,
    );
  }
  const { rdev } = info;
  return [
    {
      path: target,
      type: info.isBlockDevice() ? "b" : "c",
      // Source: glibc's gnu_dev_major and gnu_dev_minor.
      major: Math.floor(rdev / 2 ** 8) & 0xfff,
      minor: (rdev & 0xff) | (Math.floor(rdev / 2 ** 12) & ~0xff),
      fileMode: info.mode & 0o777,
      uid: info.uid,
      gid: info.gid,
    },
  ];
}

/** Everything the runtime makes itself, and what belongs to one process only. */
const left = [
  "pts",
  "shm",
  "fd",
  "mqueue",
  "console",
  ".lxc",
  ".lxd-mounts",
  "ptmx",
  "null",
  "zero",
  "full",
  "random",
  "urandom",
  "tty",
];

/** All devices below `/dev`, for privileged containers. */
export async function readDeviceTree(directory: string, target: string): Promise<DeviceNode[]> {
  const nodes: DeviceNode[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (left.includes(entry.name)) continue;
    const from = join(directory, entry.name);
    const to = join(target, entry.name);
    if (entry.isDirectory()) nodes.push(...(await readDeviceTree(from, to)));
    else if (entry.isCharacterDevice() || entry.isBlockDevice()) nodes.push(...(await readDevices(from, to)));
  }
  return nodes;
}
