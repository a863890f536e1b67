import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** 8 hex digits that are in every name an engine with this root gives away (ARCHITECTURE.md, "Disk"). */
export function instanceOf(root: string): string {
  return createHash("sha256").update(path.resolve(root)).digest("hex").slice(0, 8);
}

/**
 * What an engine that was killed, and a test that failed, may leave: containers, their cgroups and network namespaces,
 * mounts and the run directory. Everything is found by the engine's root, nothing of others is touched.
 */
export async function clearLeftovers(root: string): Promise<void> {
  const instance = instanceOf(root);
  const groups = await cgroupsOf(instance);
  for (const group of groups) await killMembers(group);
  for (const name of (await namespaces()).filter((each) => each.startsWith(`berth-${instance}-`))) {
    await run("ip", ["netns", "del", name]).catch(() => {});
  }
  await unmountBelow(root);
  await unmountBelow(`/run/berth/${instance}`);
  for (const group of groups) await removeGroup(group);
  await rm(`/run/berth/${instance}`, { recursive: true, force: true });
}

/** Lazily unmounts all below a folder, the newest first. */
export async function unmountBelow(folder: string): Promise<void> {
  const table = await readFile("/proc/self/mountinfo", "utf8");
  const points = table.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
  for (const point of points.filter((each) => each.startsWith(`${folder}/`)).reverse()) {
    await run("umount", ["-l", point]).catch(() => {});
  }
}

/** Resolves when none of these processes is there any more; throws after 5 s. */
export async function untilGone(ids: readonly number[]): Promise<void> {
  for (const limit = Date.now() + 5000; ids.some(exists); ) {
    if (Date.now() > limit) throw new Error(`processes ${ids.filter(exists).join(", ")} do not end`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function cgroupsOf(instance: string): Promise<string[]> {
  const found: string[] = [];
  for (const controller of ["", ...(await readdir("/sys/fs/cgroup"))]) {
    const group = path.join("/sys/fs/cgroup", controller, `berth-${instance}`);
    if ((await readdir(group).catch(() => undefined)) !== undefined) found.push(group);
  }
  return found;
}

async function killMembers(group: string): Promise<void> {
  const folders = [group, ...(await foldersBelow(group))];
  const lists = await Promise.all(
    folders.map((folder) => readFile(path.join(folder, "cgroup.procs"), "utf8").catch(() => "")),
  );
  const ids = lists.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number),
  );
  for (const id of ids.filter((each) => each > 1)) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
  await untilGone(ids);
}

async function removeGroup(group: string): Promise<void> {
  for (const folder of [...(await foldersBelow(group)).reverse(), group]) await rmdir(folder).catch(() => {});
}

async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((each) => each.isDirectory()).map((each) => path.join(each.parentPath, each.name));
}

async function namespaces(): Promise<string[]> {
  const { stdout } = await run("ip", ["netns", "list"]);
  return stdout.split("\n").flatMap((line) => line.split(" ")[0] ?? []);
}

function exists(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
