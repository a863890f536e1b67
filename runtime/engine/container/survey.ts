import { readFile } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { run } from "../host/run.ts";
import type { ContainerBackend } from "../http/backend.ts";
import { chainIds } from "../snapshot/chain-id.ts";
import { inspectContainer, summarizeContainer } from "./describe.ts";
import type { ContainerDocument } from "./document.ts";
import { containerFilter } from "./filters.ts";
import type { ContainerRecord } from "./record.ts";
import { removeContainer } from "./remove.ts";
import type { Room } from "./room.ts";

type Survey = Pick<ContainerBackend, "inspect" | "list" | "top" | "prune">;

/** Reading what containers there are, and removing those that are done. */
export function createSurvey(room: Room, execsOf: (containerId: string) => readonly string[]): Survey {
  const documents = () => room.table.all().map((record) => record.document);
  const facts = (resolved: ReadonlyMap<string, string>) => ({
    find: (name: string) => room.table.get(name).document,
    ancestors: (name: string) => {
      const id = resolved.get(name);
      return id === undefined ? [] : [id];
    },
  });

  async function resolveAncestors(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Map<string, string>();
    for (const name of names) {
      const image = await room.images.resolve(name).catch(ignoreNotFound);
      if (image !== undefined) ids.set(name, image.id);
    }
    return ids;
  }

  const inspect: Survey["inspect"] = async (name, options) => {
    const { document } = room.table.get(name);
    const execs = execsOf(document.id);
    const description = {
      ...inspectContainer(document, room.paths),
      ExecIDs: execs.length === 0 ? null : execs,
    };
    if (!options.size) return description;
    return { ...description, ...(await sizesOf(room, document)) };
  };

  const list: Survey["list"] = async (options) => {
    const ancestors = await resolveAncestors(options.filters.ancestor ?? []);
    const accepts = containerFilter(options.filters, facts(ancestors));
    // A filter by state, or a limit, speaks of containers that do not run, too.
    const all = options.all || options.limit !== undefined || hasAny(options.filters, ["status", "exited"]);
    const nowMs = Date.now();
    const chosen = documents()
      .filter((document) => all || isShown(document))
      .filter(accepts)
      .sort((a, b) => (a.created < b.created ? 1 : -1))
      .slice(0, options.limit ?? Number.MAX_SAFE_INTEGER);
    const rows = chosen.map((document) => summarizeContainer(document, nowMs));
    if (!options.size) return rows;
    return await Promise.all(
      rows.map(async (row) => ({ ...row, ...(await sizesOf(room, room.table.get(row.Id).document)) })),
    );
  };

  const top: Survey["top"] = async (name, psArgs, signal) => {
    const record = room.table.get(name);
    record.requireRunning();
    if (!/^[-A-Za-z0-9_=%,.: ]*$/.test(psArgs)) {
      throw new EngineError("invalid-argument", `invalid ps arguments: ${psArgs}`);
    }
    const pids = await processesOf(record);
    const argv: [string, ...string[]] = [
      "ps",
      ...(psArgs === "" ? ["-ef"] : psArgs.split(/\s+/).filter((a) => a !== "")),
    ];
    const lines = await run({ argv, parse: (text) => text.trimEnd().split("\n") }, signal);
    return pickProcesses(lines, pids);
  };

  const prune: Survey["prune"] = async (filters) => {
    const accepts = pruneFilter(filters);
    const ContainersDeleted: string[] = [];
    let SpaceReclaimed = 0;
    for (const record of room.table.all()) {
      await room.locks.run(record.id, async () => {
        const { status } = record.state;
        if (!["created", "exited", "dead"].includes(status) || !accepts(record.document)) return;
        SpaceReclaimed += await room.rootfs.usageBytes(record.id);
        await removeContainer(room, record, { removeVolumes: false });
        ContainersDeleted.push(record.id);
      });
    }
    return { ContainersDeleted, SpaceReclaimed };
  };

  return { inspect, list, top, prune };
}

/** `SizeRootFs` is with the image's layers; of an image that is gone only what the container wrote is known. */
async function sizesOf(
  room: Room,
  document: ContainerDocument,
): Promise<{ readonly SizeRw: number; readonly SizeRootFs: number }> {
  const SizeRw = await room.rootfs.usageBytes(document.id);
  const image = await room.images.resolve(document.imageId).catch(ignoreNotFound);
  const layers = chainIds(image?.diffIds ?? []).map((chain) => room.rootfs.layerBytes?.(chain) ?? 0);
  return { SizeRw, SizeRootFs: layers.reduce((sum, bytes) => sum + bytes, SizeRw) };
}

function isShown({ state }: ContainerDocument): boolean {
  return state.status === "running" || state.status === "paused" || state.status === "restarting";
}

function hasAny(filters: Readonly<Record<string, readonly string[]>>, keys: readonly string[]): boolean {
  return keys.some((key) => (filters[key]?.length ?? 0) > 0);
}

function ignoreNotFound(error: unknown): undefined {
  if (error instanceof EngineError && (error.kind === "not-found" || error.kind === "invalid-argument"))
    return undefined;
  throw error;
}

/** All processes of the container's cgroup. */
async function processesOf(record: ContainerRecord): Promise<ReadonlySet<string>> {
  const { pid } = record.state;
  const cgroups = await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => "");
  const row = cgroups.split("\n").find((line) => line.includes(":pids:") || line.startsWith("0::"));
  const [, controller = "", path = ""] = /^[0-9]+:([^:]*):(.*)$/.exec(row ?? "") ?? [];
  const text = await readFile(`/sys/fs/cgroup/${controller}${path}/cgroup.procs`, "utf8").catch(() =>
    String(pid),
  );
  return new Set(text.trim().split("\n"));
}

/** Keeps the rows of these processes; the last column takes the rest of its line. */
export function pickProcesses(
  lines: readonly string[],
  pids: ReadonlySet<string>,
): { Titles: readonly string[]; Processes: readonly (readonly string[])[] } {
  const Titles = (lines[0] ?? "").trim().split(/\s+/);
  const pidColumn = Titles.indexOf("PID");
  if (pidColumn < 0) throw new EngineError("invalid-argument", "couldn't find PID field in ps output");
  const Processes = lines
    .slice(1)
    .map((line) => {
      const words = line.trim().split(/\s+/);
      return [...words.slice(0, Titles.length - 1), words.slice(Titles.length - 1).join(" ")];
    })
    .filter((row) => pids.has(row[pidColumn] ?? ""));
  return { Titles, Processes };
}

/** `until` and `label`, `label!`. */
function pruneFilter(
  filters: Readonly<Record<string, readonly string[]>>,
): (document: ContainerDocument) => boolean {
  const { until = [], label = [], "label!": not = [], ...rest } = filters;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined) throw new EngineError("invalid-argument", `invalid filter '${unknown}'`);
  const before = until[0] === undefined ? undefined : parseUntil(until[0], Date.now());
  const none = { find: () => fail(), ancestors: () => [] };
  const has = containerFilter({ label }, none);
  const excluded = not.map((value) => containerFilter({ label: [value] }, none));
  return (document) =>
    (before === undefined || Date.parse(document.created) < before) &&
    has(document) &&
    !excluded.some((test) => test(document));
}

function fail(): never {
  throw new Error("no container is looked up here");
}

/** A Unix time, a date, or a span before now (`10m`, `1h30m`); in milliseconds. */
export function parseUntil(text: string, nowMs: number): number {
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text) * 1000;
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  if (/^([0-9]+(\.[0-9]+)?(ms|h|m|s))+$/.test(text)) {
    let span = 0;
    for (const [, amount, unit] of text.matchAll(/([0-9.]+)(ms|h|m|s)/g)) {
      span += Number(amount) * (unitMs[unit ?? ""] ?? 0);
    }
    return nowMs - span;
  }
  const date = Date.parse(text);
  if (Number.isNaN(date)) throw new EngineError("invalid-argument", `invalid filter 'until=${text}'`);
  return date;
}
