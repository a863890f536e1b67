import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Volume, VolumeCreateRequest } from "../../api/types/volume.ts";
import type { EventSink, VolumeMounts } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { diskBytesOf } from "../host/disk-bytes.ts";
import type { Filters, VolumeBackend } from "../http/backend.ts";
import type { Logger } from "../log.ts";
import { JsonStore } from "../store/json-store.ts";
import { KeyedLock } from "../store/keyed-lock.ts";
import { volumeFilter } from "./filter.ts";
import type { VolumeDocument } from "./volume-document.ts";
import { mountVolume, planVolumeMount, unmountVolume } from "./volume-mount.ts";

export interface Volumes {
  readonly backend: VolumeBackend;
  readonly mounts: VolumeMounts;
  /** Forgets users that are no more; once at start-up. */
  readonly restore: (containerIds: ReadonlySet<string>) => Promise<void>;
}

const anonymousLabel = "com.docker.volume.anonymous";

/** Volumes of the local driver: directories below `DIR/volumes`. */
export async function createVolumes(options: {
  readonly root: string;
  readonly events: EventSink;
  readonly log: Logger;
}): Promise<Volumes> {
  const directory = join(options.root, "volumes");
  const store = await JsonStore.open<VolumeDocument>(directory);
  // As the kernel names its mounts.
  const place = await realpath(directory);
  const volumes = new Map(await store.readAll());
  const locks = new KeyedLock();
  const dataPath = (name: string) => join(place, name, "_data");

  async function save(document: VolumeDocument): Promise<VolumeDocument> {
    await store.write(document.name, document);
    volumes.set(document.name, document);
    return document;
  }

  async function make(
    name: string,
    request: VolumeCreateRequest,
    isAnonymous: boolean,
  ): Promise<VolumeDocument> {
    checkName(name);
    if (request.Driver && request.Driver !== "local") {
      throw new EngineError(
        "not-found",
        `error looking up volume plugin ${request.Driver}: plugin "${request.Driver}" not found`,
      );
    }
    const driverOptions = request.DriverOpts ?? {};
    const known = volumes.get(name);
    if (known !== undefined) {
      if (Object.keys(driverOptions).length > 0 && !sameOptions(known.options, driverOptions)) {
        throw new EngineError("conflict", `volume "${name}" already exists with other options`);
      }
      return known;
    }
    planVolumeMount(driverOptions);
    const data = dataPath(name);
    await mkdir(join(directory, name), { recursive: true, mode: 0o710 });
    await mkdir(data, { recursive: true });
    await chmod(data, 0o755);
    const document = await save({
      name,
      created: new Date().toISOString(),
      labels: isAnonymous ? { [anonymousLabel]: "", ...request.Labels } : { ...request.Labels },
      options: driverOptions,
      isAnonymous,
      users: [],
    });
    publish("create", name);
    return document;
  }

  async function destroy(volume: VolumeDocument): Promise<void> {
    // Never through a mount: what is there is somebody else's.
    await unmountVolume(dataPath(volume.name));
    // The document goes last: an interrupted removal leaves a volume that can be removed again.
    await rm(join(directory, volume.name), { recursive: true, force: true });
    await store.remove(volume.name);
    volumes.delete(volume.name);
    options.log.info("volume removed", { name: volume.name });
    publish("destroy", volume.name);
  }

  /** A volume with options is mounted as long as a container has it. */
  async function mounted(volume: VolumeDocument): Promise<void> {
    const mount = planVolumeMount(volume.options);
    if (mount !== undefined) await mountVolume(volume.name, mount, dataPath(volume.name));
  }

  function publish(action: string, name: string): void {
    options.events.publish({
      Type: "volume",
      Action: action,
      Actor: { ID: name, Attributes: { driver: "local" } },
    });
  }

  function get(name: string): VolumeDocument {
    const volume = volumes.get(name);
    if (volume === undefined) throw new EngineError("not-found", `get ${name}: no such volume`);
    return volume;
  }

  const describe = (volume: VolumeDocument): Volume => ({
    CreatedAt: volume.created.replace(/\.[0-9]+Z$/, "Z"),
    Driver: "local",
    Labels: volume.labels,
    Mountpoint: dataPath(volume.name),
    Name: volume.name,
    Options: Object.keys(volume.options).length === 0 ? null : volume.options,
    Scope: "local",
  });

  const backend: VolumeBackend = {
    list: async (filters) => {
      const accepts = volumeFilter(filters);
      return [...volumes.values()]
        .filter(accepts)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(describe);
    },
    create: async (request) => {
      const isAnonymous = !request.Name;
      const name = request.Name || randomBytes(32).toString("hex");
      return describe(await locks.run(name, () => make(name, request, isAnonymous)));
    },
    inspect: async (name) => describe(get(name)),
    remove: (name, { force }) =>
      locks.run(name, async () => {
        const volume = volumes.get(name);
        if (volume === undefined && force) return;
        const { users } = get(name);
        if (users.length > 0) {
          throw new EngineError("conflict", `remove ${name}: volume is in use - [${users.join(", ")}]`);
        }
        await destroy(get(name));
      }),
    prune: (filters) => prune(filters),
    diskUsage: async (signal) => {
      const all = [...volumes.values()];
      const sizes = await diskBytesOf(
        all.map(({ name }) => dataPath(name)),
        signal,
      );
      return all.map((volume) => ({
        ...describe(volume),
        UsageData: { Size: sizes.get(dataPath(volume.name)) ?? 0, RefCount: volume.users.length },
      }));
    },
  };

  async function prune(filters: Filters): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
    const { all = [], ...rest } = filters;
    const everything = all.some((value) => value === "true" || value === "1");
    const accepts = volumeFilter(rest);
    const VolumesDeleted: string[] = [];
    let SpaceReclaimed = 0;
    for (const name of [...volumes.keys()]) {
      await locks.run(name, async () => {
        const volume = volumes.get(name);
        if (volume === undefined || volume.users.length > 0 || !accepts(volume)) return;
        if (!everything && !volume.isAnonymous) return;
        await unmountVolume(dataPath(name));
        const sizes = await diskBytesOf([dataPath(name)], AbortSignal.timeout(60_000));
        SpaceReclaimed += sizes.get(dataPath(name)) ?? 0;
        await destroy(volume);
        VolumesDeleted.push(name);
      });
    }
    const Attributes = { reclaimed: String(SpaceReclaimed) };
    options.events.publish({ Type: "volume", Action: "prune", Actor: { ID: "", Attributes } });
    return { VolumesDeleted, SpaceReclaimed };
  }

  const mounts: VolumeMounts = {
    acquire: (request) => {
      const name = request.name ?? randomBytes(32).toString("hex");
      return locks.run(name, async () => {
        const wish = {
          Driver: request.driver ?? "local",
          DriverOpts: request.driverOpts ?? {},
          Labels: request.labels ?? {},
        };
        const volume = await make(name, wish, request.name === undefined);
        await mounted(volume);
        await save({ ...volume, users: [...new Set([...volume.users, request.containerId])] });
        const path = dataPath(name);
        const isReadOnly = planVolumeMount(volume.options)?.options.includes("ro") === true;
        return { name, driver: "local", path, isReadOnly, isEmpty: (await readdir(path)).length === 0 };
      });
    },
    ensureMounted: (name) => locks.run(name, () => mounted(get(name))),
    release: (name, containerId, { removeAnonymous }) =>
      locks.run(name, async () => {
        const volume = volumes.get(name);
        if (volume === undefined) return;
        const left = await save({ ...volume, users: volume.users.filter((user) => user !== containerId) });
        if (left.users.length === 0) await unmountVolume(dataPath(name));
        if (removeAnonymous && left.isAnonymous && left.users.length === 0) await destroy(left);
      }),
  };

  const restore = async (containerIds: ReadonlySet<string>) => {
    for (const volume of [...volumes.values()]) {
      const users = volume.users.filter((user) => containerIds.has(user));
      if (users.length !== volume.users.length) await save({ ...volume, users });
      if (users.length === 0) await unmountVolume(dataPath(volume.name));
    }
  };

  return { backend, mounts, restore };
}

function checkName(name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,199}$/.test(name)) return;
  throw new EngineError(
    "invalid-argument",
    `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

function sameOptions(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
