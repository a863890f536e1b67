import { open, readFile } from "node:fs/promises";
import { type Command, run } from "./run.ts";

/** The mount that is the root of this process' mount namespace. Source: nsenter(1), setns(2), proc(5) "fdinfo". */
function rootMountOfNamespace(): Command<string> {
  return {
    argv: ["nsenter", "--mount=/proc/self/ns/mnt", "sh", "-c", "exec 3</ && cat /proc/self/fdinfo/3"],
    parse: parseMountId,
  };
}

/**
 * Whether this process was chrooted. Joining a mount namespace leaves a chroot, so an `exec` that crun starts from one
 * would run on the host instead of in the container (seen with crun 1.8.1). Mounts are compared, not inodes: a chroot
 * may show the same directory by another mount.
 */
export async function isChrooted(signal: AbortSignal): Promise<boolean> {
  const root = await open("/");
  try {
    const ours = parseMountId(await readFile(`/proc/self/fdinfo/${root.fd}`, "utf8"));
    return (await run(rootMountOfNamespace(), signal)) !== ours;
  } finally {
    await root.close();
  }
}

function parseMountId(fdinfo: string): string {
  return /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1] ?? "";
}
