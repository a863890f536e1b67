import { once } from "node:events";
import { open } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { findProgram, type HostFacts, type InstalledRuntime } from "./detect.ts";
import { readMounts } from "./mount.ts";
import { startProgram, toolsVariable } from "./run.ts";

/** An OCI runtime and what stands before its command line on this host. */
export interface OciRuntime extends AsyncDisposable {
  readonly path: string;
  /** For a container that is to be made: what is mounted at this moment is seen. */
  readonly making: readonly string[];
  /** For one that exists, which the runtime finds by its own notes and `/proc`: nothing is to be set up, so it is quicker. */
  readonly reaching: readonly string[];
}

/** Every runtime that is installed, by name, in surroundings it can work with; `own` as below. */
export async function usableRuntimes(
  facts: HostFacts,
  own: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, OciRuntime>> {
  const usable = facts.runtimes.map(
    async (runtime) => [runtime.name, await usableRuntime(runtime, facts, own, signal)] as const,
  );
  return new Map(await Promise.all(usable));
}

/**
 * A runtime in surroundings it can work with. crun refuses a hybrid host whose cgroup2 has controllers, so there it gets a
 * mount namespace in which it sees none. May go when crun supports such hosts (1.8 does not). `own` are the directories
 * whose mounts come and go with this engine.
 */
async function usableRuntime(
  { name, path }: InstalledRuntime,
  facts: HostFacts,
  own: readonly string[],
  signal: AbortSignal,
): Promise<OciRuntime> {
  if (name !== "crun" || facts.cgroups !== "hybrid") {
    return { path, making: [], reaching: [], [Symbol.asyncDispose]: async () => {} };
  }
  const [unshare, nsenter, env] = await Promise.all(["unshare", "nsenter", "env"].map(requireProgram));
  // conmon that was brought along has its libraries' folder in the environment, which the system's programs must not see.
  const clean = process.env[toolsVariable] === undefined ? [] : [env ?? "", "-u", "LD_LIBRARY_PATH"];
  const hiding = [...clean, unshare ?? "", "-m", "--propagation", "slave", "sh", "-c"];
  const namespace = await keepNamespace(hiding, own, signal);
  return {
    path,
    // A namespace of its own for each: mounts made later do not come into an older one where mounts are private.
    making: [...hiding, `${hide} && exec "$0" "$@"`],
    reaching: [...clean, nsenter ?? "", `--mount=/proc/${process.pid}/fd/${namespace.fd}`],
    [Symbol.asyncDispose]: () => namespace.close(),
  };
}

const hide = "umount /sys/fs/cgroup/unified";

/**
 * A mount namespace that lives by this process's descriptor alone, so it ends with the engine however that ends. What the
 * engine has mounted is let go in it: a mount that stays there would be in use for ever.
 */
async function keepNamespace(hiding: readonly string[], own: readonly string[], signal: AbortSignal) {
  const targets = (await readMounts()).map(({ target }) => target).reverse();
  const mine = targets.filter((target) => own.some((directory) => target.startsWith(`${directory}/`)));
  const script = `${hide} && { for target; do umount -l -- "$target"; done; echo ready; read -r line; }`;
  const [program = "", ...args] = hiding;
  const holder = startProgram({ argv: [program, ...args, script, "sh", ...mine], stdin: "pipe" }, signal);
  try {
    const ready = once(holder.stdout, "data", { signal });
    const failed = holder.succeeded().then(() => {
      throw new EngineError("internal", "the OCI runtime's mount namespace ended early");
    });
    await Promise.race([ready, failed]);
    const namespace = await open(`/proc/${holder.pid}/ns/mnt`, "r");
    failed.catch(() => {});
    return namespace;
  } finally {
    holder.stdin?.end("\n");
    holder.stdout.resume();
  }
}

async function requireProgram(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path !== undefined) return path;
  throw new EngineError("unavailable", `${name} was not found: install the package util-linux`);
}
