import { readFile } from "node:fs/promises";
import type { Command } from "./run.ts";

/** One line of `/proc/self/mountinfo`. Source: proc(5). */
export interface MountEntry {
  readonly target: string;
  readonly fsType: string;
  readonly source: string;
}

export interface OverlayMount {
  /** Shown as the mount's source in `/proc/mounts`; tells whose it is. */
  readonly source: string;
  readonly target: string;
  /** Directory the relative paths below start from. */
  readonly cwd: string;
  /** Topmost first; at least one with `upper`, at least two without. */
  readonly lower: readonly string[];
  /** Without it the mount is read-only. */
  readonly upper?: { readonly directory: string; readonly work: string };
  readonly options: readonly string[];
}

/**
 * `mount -t overlay`. The kernel takes 4096 bytes of options, so paths are relative to `cwd` and short; libmount's newer
 * interface takes 256 bytes an option and is switched off.
 */
export function mountOverlay(mount: OverlayMount): Command<void> {
  const options = [
    ...mount.options,
    `lowerdir=${mount.lower.join(":")}`,
    ...(mount.upper === undefined
      ? ["ro"]
      : [`upperdir=${mount.upper.directory}`, `workdir=${mount.upper.work}`]),
  ];
  return {
    argv: ["mount", "-n", "-t", "overlay", "-o", options.join(","), "--", mount.source, mount.target],
    env: { LIBMOUNT_FORCE_MOUNT2: "always" },
    cwd: mount.cwd,
    parse: () => {},
  };
}

/**
 * `mount -i -t TYPE -o OPTIONS DEVICE TARGET`: the kernel's own mount, without the helper programs (`mount.nfs`) that a
 * host may or may not have. Source: mount(8).
 */
export function mountFileSystem(mount: {
  readonly type: string;
  readonly device: string;
  readonly options: readonly string[];
  readonly target: string;
}): Command<void> {
  const options = mount.options.length === 0 ? [] : ["-o", mount.options.join(",")];
  return {
    argv: ["mount", "-i", "-n", "-t", mount.type, ...options, "--", mount.device, mount.target],
    limitMs: 90_000,
    parse: () => {},
  };
}

/** `umount TARGET`; `lazy` detaches a busy one, which goes when its last user does. */
export function unmountTarget(target: string, how: "now" | "lazy"): Command<void> {
  return { argv: ["umount", "-n", ...(how === "lazy" ? ["-l"] : []), "--", target], parse: () => {} };
}

/** The mounts this process sees, in the order they were made. */
export async function readMounts(): Promise<readonly MountEntry[]> {
  return parseMountInfo(await readFile("/proc/self/mountinfo", "utf8"));
}

/** Lines it cannot read are left out. */
export function parseMountInfo(text: string): readonly MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const separator = fields.indexOf("-", 6);
    const [target, fsType, source] = [fields[4], fields[separator + 1], fields[separator + 2]];
    if (separator === -1 || target === undefined || fsType === undefined || source === undefined) continue;
    entries.push({ target: plainPath(target), fsType, source: plainPath(source) });
  }
  return entries;
}

/** Blanks, tabs, line ends and backslashes stand as three octal digits. */
function plainPath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
