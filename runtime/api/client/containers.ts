import type { AttachedStream, EngineClient, Frame } from "../engine-client.ts";
import { decodeFrames, rawFrames } from "../frame.ts";
import type { PathStat } from "../types/archive.ts";
import type { ContainerInspect, WaitResponse } from "../types/container.ts";
import { compareVersions } from "../version.ts";
import { printFilters, segment, type Wire } from "./wire.ts";

const multiplexed = "application/vnd.docker.multiplexed-stream";

const pathStatHeader = "X-Docker-Container-Path-Stat";

/** `/containers`. */
export function containerCalls(wire: Wire): EngineClient["containers"] {
  const at = (id: string, verb: string) => `/containers/${segment(id)}/${verb}`;
  const act = (id: string, verb: string, query: Parameters<Wire["none"]>[1], signal: AbortSignal) =>
    wire.none({ method: "POST", path: at(id, verb) }, query, signal);
  const inspect = (id: string, signal: AbortSignal) =>
    wire.json<ContainerInspect>({ method: "GET", path: at(id, "json") }, {}, signal);

  /** Servers before 1.42 do not tell framed from raw output apart in the answer; the container does. */
  const isTty = async (id: string, contentType: string, signal: AbortSignal) => {
    if (contentType === multiplexed) return false;
    if (compareVersions(await wire.version(signal), "1.42") >= 0) return true;
    return (await inspect(id, signal)).Config.Tty === true;
  };

  return {
    list: ({ all, limit, size, filters }, signal) =>
      wire.json(
        { method: "GET", path: "/containers/json" },
        { all, limit, size, filters: printFilters(filters) },
        signal,
      ),
    create: (request, { name, platform }, signal) =>
      wire.json(
        { method: "POST", path: "/containers/create", body: { json: request } },
        { name, platform },
        signal,
      ),
    inspect,
    start: (id, signal) => act(id, "start", {}, signal),
    stop: (id, options, signal) =>
      act(id, "stop", { t: options.timeoutSeconds, signal: options.signal }, signal),
    restart: (id, options, signal) =>
      act(id, "restart", { t: options.timeoutSeconds, signal: options.signal }, signal),
    kill: (id, killSignal, signal) => act(id, "kill", { signal: killSignal }, signal),
    pause: (id, signal) => act(id, "pause", {}, signal),
    unpause: (id, signal) => act(id, "unpause", {}, signal),
    rename: (id, name, signal) => act(id, "rename", { name }, signal),
    remove: (id, { force, removeVolumes, link }, signal) =>
      wire.none(
        { method: "DELETE", path: `/containers/${segment(id)}` },
        { force, v: removeVolumes, link },
        signal,
      ),
    update: (id, request, signal) =>
      wire.json({ method: "POST", path: at(id, "update"), body: { json: request } }, {}, signal),
    wait: (id, condition, signal) =>
      wire.json({ method: "POST", path: at(id, "wait") }, { condition }, signal),
    beginWait: (id, condition, signal) =>
      wire
        .begin<WaitResponse>({ method: "POST", path: at(id, "wait") }, { condition }, signal)
        .then((exit) => ({ exit: exit.body })),
    logs: async function* (id, options, signal): AsyncGenerator<Frame> {
      const { stdout = true, stderr = true, ...rest } = options;
      const { contentType, chunks } = await wire.bytes(
        { method: "GET", path: at(id, "logs") },
        { ...rest, stdout, stderr },
        signal,
      );
      yield* (await isTty(id, contentType, signal)) ? rawFrames(chunks) : decodeFrames(chunks);
    },
    attach: async (id, options, signal): Promise<AttachedStream> => {
      const upgraded = await wire.upgrade({ method: "POST", path: at(id, "attach") }, options, signal);
      const tty = await isTty(id, upgraded.contentType, signal);
      const frames = tty ? rawFrames(upgraded.output) : decodeFrames(upgraded.output);
      return { tty, socket: upgraded.socket, frames };
    },
    resize: (id, { height, width }, signal) => act(id, "resize", { h: height, w: width }, signal),
    top: (id, psArgs, signal) =>
      wire.json({ method: "GET", path: at(id, "top") }, { ps_args: psArgs }, signal),
    // `false` would be left out, and the server's default is true.
    stats: (id, { stream }, signal) =>
      wire.lines({ method: "GET", path: at(id, "stats") }, { stream: stream ? 1 : 0 }, signal),
    changes: (id, signal) => wire.json({ method: "GET", path: at(id, "changes") }, {}, signal),
    exportTree: async (id, signal) =>
      (await wire.bytes({ method: "GET", path: at(id, "export") }, {}, signal)).chunks,
    statPath: async (id, path, signal) => {
      const { header, chunks } = await wire.bytes(
        { method: "HEAD", path: at(id, "archive") },
        { path },
        signal,
      );
      for await (const _ of chunks);
      return parsePathStat(header(pathStatHeader));
    },
    readArchive: async (id, path, signal) => {
      const { header, chunks } = await wire.bytes(
        { method: "GET", path: at(id, "archive") },
        { path },
        signal,
      );
      return { stat: parsePathStat(header(pathStatHeader)), chunks };
    },
    writeArchive: (id, path, archive, options, signal) =>
      wire.none(
        {
          method: "PUT",
          path: at(id, "archive"),
          body: { stream: archive, contentType: "application/x-tar" },
        },
        { path, noOverwriteDirNonDir: options.noOverwriteDirNonDir, copyUIDGID: options.copyUidGid },
        signal,
      ),
    prune: (filters, signal) =>
      wire.json({ method: "POST", path: "/containers/prune" }, { filters: printFilters(filters) }, signal),
  };
}

/** Throws when the header is not there or not what the API says. */
function parsePathStat(header: string): PathStat {
  const stat: unknown = JSON.parse(Buffer.from(header, "base64").toString("utf8"));
  if (typeof stat !== "object" || stat === null || !("mode" in stat) || typeof stat.mode !== "number") {
    throw new Error("the server did not say what stands at the path");
  }
  // The shape is the server's promise.
  return stat as PathStat;
}
