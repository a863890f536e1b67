import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { EngineError } from "../error.ts";
import { mountFileSystem, readMounts, unmountTarget } from "../host/mount.ts";
import { CommandError, run } from "../host/run.ts";

/** A server of a network file system that does not answer must not hold a container's start up for ever. */
const mountLimitMs = 90_000;

/** What a volume with options is: a file system that is mounted at its place while a container has it. */
export interface VolumeMount {
  readonly type: string;
  readonly device: string;
  readonly options: readonly string[];
}

/**
 * Reads the options of the local driver (`type`, `device`, `o`: what mount(8) takes); undefined when there are none. Throws
 * `invalid-argument`. Source: Docker's documentation of `docker volume create`, "Driver-specific options".
 */
export function planVolumeMount(given: Readonly<Record<string, string>>): VolumeMount | undefined {
  const keys = Object.keys(given);
  if (keys.length === 0) return undefined;
  const unknown = keys.find((key) => !["type", "o", "device"].includes(key));
  if (unknown === "size") {
    throw invalid(`the option "size" needs a file system with project quotas; use type=tmpfs with o=size=…`);
  }
  if (unknown !== undefined) throw invalid(`invalid option: "${unknown}"`);
  const { type = "", device = "", o = "" } = given;
  if (type === "") throw invalid('missing required option: "type"');
  if (device === "") throw invalid('missing required option: "device"');
  const options = o.split(",").filter((option) => option !== "");
  const isBind = options.includes("bind") || options.includes("rbind");
  if (type === "none" && !isBind) throw invalid("type=none needs o=bind");
  if (isBind && !device.startsWith("/"))
    throw invalid(`the device "${device}" of a bind is no absolute path`);
  if (/^nfs4?$/.test(type) && !options.some((option) => option.startsWith("addr="))) {
    throw invalid(`type=${type} needs the server's address: o=addr=SERVER`);
  }
  return { type, device, options };
}

/** Mounts it at `target`, once. Throws `invalid-argument` with the kernel's reason when that fails. */
export async function mountVolume(name: string, mount: VolumeMount, target: string): Promise<void> {
  if (await isMounted(target)) return;
  const options = await Promise.all(mount.options.map(resolved));
  try {
    await run(mountFileSystem({ ...mount, options, target }), AbortSignal.timeout(mountLimitMs));
  } catch (error) {
    const reason = error instanceof CommandError ? error.stderr.trim() : String(error);
    const what = `type=${mount.type}, device=${mount.device}`;
    throw new EngineError("invalid-argument", `cannot mount volume "${name}" (${what}): ${reason}`, {
      cause: error,
    });
  }
}

/** Takes every mount off `target`. */
export async function unmountVolume(target: string): Promise<void> {
  while (await isMounted(target)) await run(unmountTarget(target, "lazy"), AbortSignal.timeout(mountLimitMs));
}

async function isMounted(target: string): Promise<boolean> {
  return (await readMounts()).some((entry) => entry.target === target);
}

/** The kernel takes no names: the server's is looked up at each mount. */
async function resolved(option: string): Promise<string> {
  const server = /^addr=(.+)$/.exec(option)?.[1];
  if (server === undefined || isIP(server) !== 0) return option;
  try {
    return `addr=${(await lookup(server)).address}`;
  } catch (error) {
    throw new EngineError("unavailable", `cannot find the server "${server}" of a volume`, { cause: error });
  }
}

function invalid(why: string): EngineError {
  return new EngineError("invalid-argument", `cannot make a volume with these options: ${why}`);
}
