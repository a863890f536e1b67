import { readdir, readFile, readlink, stat } from "node:fs/promises";
import process from "node:process";
import type { Host } from "./lsp/host.ts";

const MAXIMUM_FILE_BYTES = 1 << 20;

/** The machine the server runs on. Absent and unreadable come to the same everywhere: it cannot be used. */
export const disk: Host = {
  async readFile(path) {
    try {
      const { size } = await stat(path);
      return size > MAXIMUM_FILE_BYTES ? undefined : await readFile(path, "utf8");
    } catch {
      return undefined;
    }
  },
  async kindOf(path) {
    try {
      return (await stat(path)).isDirectory() ? "directory" : "file";
    } catch {
      return "absent";
    }
  },
  async list(directory) {
    try {
      const entries = await readdir(directory, { withFileTypes: true });
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
    } catch {
      return [];
    }
  },
  portOwners,
  environment: process.env,
};

/** Programs that hold ports for containers: whether those clash the engine knows, not this list. */
const FORWARDERS =
  /^(?:docker-proxy|dockerd|rootlessport|rootlesskit|pasta|slirp4netns|conmon|podman|containerd)/;

/**
 * Listening sockets of /proc/net and the programs that have them. Sockets of programs that cannot be looked into (other
 * users') are left out: it may be an engine that holds them.
 * Source: proc_net(5).
 */
async function portOwners(): Promise<ReadonlyMap<string, string>> {
  const byInode = new Map<string, string>();
  for (const name of ["tcp", "tcp6"]) {
    const table = await disk.readFile(`/proc/self/net/${name}`);
    for (const line of (table ?? "").split("\n").slice(1)) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(":")[1] ?? "", 16);
      if (state === LISTENING && inode !== undefined && port > 0) byInode.set(inode, `${port}/tcp`);
    }
  }
  const owners = new Map<string, string>();
  if (byInode.size === 0) return owners;
  for (const pid of (await disk.list("/proc")).filter((name) => /^\d+\/$/.test(name))) {
    const directory = `/proc/${pid}fd/`;
    for (const descriptor of await disk.list(directory)) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(directory + descriptor).catch(() => ""))?.[1];
      const port = inode === undefined ? undefined : byInode.get(inode);
      if (port === undefined) continue;
      const name = (await disk.readFile(`/proc/${pid}comm`))?.trim() ?? "";
      if (name !== "" && !FORWARDERS.test(name)) owners.set(port, `${name} (process ${pid.slice(0, -1)})`);
    }
  }
  return owners;
}

const LISTENING = "0A";
