import { statfs } from "node:fs/promises";

/** How this host groups processes: `hybrid` is v1 with a cgroup2 at `unified`. */
export type CgroupLayout = "unified" | "hybrid" | "v1";

const cgroup2Magic = 0x63677270;

/** Looks at what is mounted at `/sys/fs/cgroup`. */
export async function cgroupLayout(): Promise<CgroupLayout> {
  const top = await statfs("/sys/fs/cgroup");
  if (top.type === cgroup2Magic) return "unified";
  const below = await statfs("/sys/fs/cgroup/unified").catch(() => undefined);
  return below?.type === cgroup2Magic ? "hybrid" : "v1";
}
