import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { createEventLog } from "../events/event-log.ts";
import { detectHost } from "../host/detect.ts";
import { instanceId } from "../host/instance.ts";
import { readMounts } from "../host/mount.ts";
import { run } from "../host/run.ts";
import { jsonLogger } from "../log.ts";
import { createVolumes } from "../volume/volumes.ts";
import { createContainers } from "./containers.ts";
import { emptyNetworkSettings } from "./document.ts";
import type { ImageSource, RootfsSource, SandboxNetworks } from "./ports.ts";

/** For tests: the container room on the real kernel, with roots that are plain directories and no networks but none and host. */

export const never: AbortSignal = new AbortController().signal;

const imageId = `sha256:${"1".repeat(64)}` as const;

/** A busybox root with `sh` and friends, and accounts. */
export async function makeBusyboxRoot(path: string): Promise<void> {
  for (const directory of ["bin", "etc", "tmp", "data"])
    await mkdir(join(path, directory), { recursive: true });
  await cp("/bin/busybox", join(path, "bin/busybox"));
  const tools =
    "sh cat echo sleep stty id ls true false env head wc tty readlink hostname printf kill mount grep touch test seq";
  for (const tool of tools.split(" ")) await symlink("busybox", join(path, "bin", tool));
  await run(
    {
      argv: ["tee", join(path, "etc/passwd")],
      stdin: "root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n",
      parse: () => {},
    },
    never,
  );
  await run(
    {
      argv: ["tee", join(path, "etc/group")],
      stdin: "root:x:0:\nweb:x:1000:\naudio:x:29:web\n",
      parse: () => {},
    },
    never,
  );
  await run({ argv: ["tee", join(path, "data/seed")], stdin: "from the image\n", parse: () => {} }, never);
}

function fakeImages(): ImageSource {
  return {
    resolve: async (reference) => {
      if (!["busybox", "busybox:latest"].includes(reference)) {
        throw new EngineError(
          "not-found",
          `No such image: ${reference.includes(":") ? reference : `${reference}:latest`}`,
        );
      }
      return {
        id: imageId,
        config: {
          Env: ["PATH=/bin", "FROM_IMAGE=1"],
          Cmd: ["sh"],
          Labels: { made: "here" },
        },
        architecture: "amd64",
        os: "linux",
        diffIds: [],
        chainId: undefined,
        created: undefined,
        repoTags: ["busybox:latest"],
      };
    },
  };
}

function directoryRoots(root: string): RootfsSource {
  const base = join(root, "base");
  const place = (key: string) => join(root, "roots", key);
  return {
    prepare: async (key) => {
      await run({ argv: ["mkdir", "-p", place(key)], parse: () => {} }, never);
      await run({ argv: ["cp", "-a", `${base}/.`, place(key)], parse: () => {} }, never);
    },
    mount: async (key, target) => {
      if ((await readMounts()).some((mount) => mount.target === target)) return;
      await run({ argv: ["mount", "--bind", place(key), target], parse: () => {} }, never);
    },
    unmount: async (target) => {
      if (!(await readMounts()).some((mount) => mount.target === target)) return;
      await run({ argv: ["umount", target], parse: () => {} }, never);
    },
    remove: async (key) => rm(place(key), { recursive: true, force: true }),
    usageBytes: async () => 0,
  };
}

/** `none` is a fresh namespace that ends with the container's processes; every other mode is the host's. */
function noNetworks(): SandboxNetworks {
  return {
    plan: async () => emptyNetworkSettings,
    create: async () => ({
      netnsPath: undefined,
      settings: emptyNetworkSettings,
      resolvConf: "nameserver 127.0.0.53\n",
      hosts: "127.0.0.1 localhost\n",
    }),
    remove: async () => {},
    find: async () => undefined,
  };
}

export async function openRoom(root: string) {
  const events = createEventLog();
  const log = jsonLogger((line) => process.stderr.write(`${line}\n`), "warn");
  const host = await detectHost(never);
  const volumes = await createVolumes({ root, events, log });
  const instance = instanceId(root);
  const room = await createContainers({
    root,
    runDir: join(root, "run"),
    instance,
    host,
    images: fakeImages(),
    rootfs: directoryRoots(root),
    volumes: volumes.mounts,
    networks: noNetworks(),
    events,
    log,
  });
  await room.restore(never);
  await volumes.restore(room.ids());
  return { ...room, volumes, events, host };
}

/** A directory with a busybox root in it; `dispose` removes all containers, mounts and files. */
export async function makeRoomRoot() {
  const root = await mkdtemp(join(tmpdir(), "berth-room-"));
  await makeBusyboxRoot(join(root, "base"));
  return {
    root,
    [Symbol.asyncDispose]: async () => {
      const room = await openRoom(root);
      for (const row of await room.containers.list({
        all: true,
        limit: undefined,
        size: false,
        filters: {},
      })) {
        await room.containers.remove(row.Id, { force: true, removeVolumes: true }, never);
      }
      await room.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
