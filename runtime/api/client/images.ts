import type { BuildLimits, BuildOptions, EngineClient } from "../engine-client.ts";
import type { ImageDeleteItem } from "../types/image.ts";
import { imagePath, printFilters, type Query, type Wire } from "./wire.ts";

/** `/images` and `/build`. */
export function imageCalls(wire: Wire): EngineClient["images"] {
  return {
    list: ({ all, filters }, signal) =>
      wire.json({ method: "GET", path: "/images/json" }, { all, filters: printFilters(filters) }, signal),
    inspect: (name, signal) =>
      wire.json({ method: "GET", path: `/images/${imagePath(name)}/json` }, {}, signal),
    history: (name, signal) =>
      wire.json({ method: "GET", path: `/images/${imagePath(name)}/history` }, {}, signal),
    pull: (reference, { platform, auth, allTags }, signal) =>
      wire.lines(
        {
          method: "POST",
          path: "/images/create",
          headers: auth === undefined ? {} : { "X-Registry-Auth": base64Json(auth) },
        },
        { ...(allTags ? { fromImage: reference } : splitTag(reference)), platform },
        signal,
      ),
    search: (term, { limit, filters, auth }, signal) =>
      wire.json(
        {
          method: "GET",
          path: "/images/search",
          headers: auth === undefined ? {} : { "X-Registry-Auth": base64Json(auth) },
        },
        { term, limit, filters: printFilters(filters) },
        signal,
      ),
    pruneBuildCache: ({ all, keepStorageBytes, filters }, signal) =>
      wire.json(
        { method: "POST", path: "/build/prune" },
        { all, "keep-storage": keepStorageBytes, filters: printFilters(filters) },
        signal,
      ),
    push: (name, { auth }, signal) => {
      const { fromImage, tag } = splitTag(name, undefined);
      return wire.lines(
        {
          method: "POST",
          path: `/images/${imagePath(String(fromImage))}/push`,
          headers: { "X-Registry-Auth": base64Json(auth ?? {}) },
        },
        { tag },
        signal,
      );
    },
    save: async (names, signal) =>
      (await wire.bytes({ method: "GET", path: "/images/get" }, { names }, signal)).chunks,
    load: (archive, signal) =>
      wire.lines(
        { method: "POST", path: "/images/load", body: { stream: archive, contentType: "application/x-tar" } },
        { quiet: true },
        signal,
      ),
    importRootfs: (archive, { repository, tag, message, changes }, signal) =>
      wire.lines(
        {
          method: "POST",
          path: "/images/create",
          body: { stream: archive, contentType: "application/x-tar" },
        },
        { fromSrc: "-", repo: repository, tag, message, changes },
        signal,
      ),
    commit: (container, { repository, ...options }, signal) =>
      wire.json(
        { method: "POST", path: "/commit", body: { json: {} } },
        { container, repo: repository, ...options },
        signal,
      ),
    tag: (name, repository, tag, signal) =>
      wire.none(
        { method: "POST", path: `/images/${imagePath(name)}/tag` },
        { repo: repository, tag },
        signal,
      ),
    remove: (name, { force, noPrune }, signal) =>
      wire.json<readonly ImageDeleteItem[]>(
        { method: "DELETE", path: `/images/${imagePath(name)}` },
        { force, noprune: noPrune },
        signal,
      ),
    prune: (filters, signal) =>
      wire.json({ method: "POST", path: "/images/prune" }, { filters: printFilters(filters) }, signal),
    offerSecrets: (offered, signal) =>
      wire.json({ method: "POST", path: "/build/secrets", body: { json: offered } }, {}, signal),
    build: (context, options, signal) =>
      wire.lines(
        {
          method: "POST",
          path: "/build",
          headers: { "X-Registry-Config": base64Json({}) },
          body: { stream: context, contentType: "application/x-tar" },
        },
        buildQuery(options),
        signal,
      ),
  };
}

function buildQuery(options: BuildOptions): Query {
  const limits: BuildLimits = options.limits ?? {};
  return {
    dockerfile: options.dockerfile,
    t: options.tags,
    buildargs: jsonUnlessEmpty(options.buildArgs),
    labels: jsonUnlessEmpty(options.labels),
    target: options.target,
    nocache: options.noCache,
    pull: options.pull,
    q: options.quiet,
    networkmode: options.networkMode,
    platform: options.platform,
    extrahosts: options.extraHosts?.join("\n"),
    shmsize: options.shmSizeBytes,
    memory: limits.Memory,
    memswap: limits.MemorySwap,
    cpushares: limits.CpuShares,
    cpuperiod: limits.CpuPeriod,
    cpuquota: limits.CpuQuota,
    cpusetcpus: limits.CpusetCpus,
    ulimits: jsonUnlessEmpty(limits.Ulimits ?? undefined),
    cachefrom: jsonUnlessEmpty(options.cacheFrom),
    remote: options.remote,
    secrets: options.secrets,
    events: options.events === true ? true : undefined,
    stopafter: options.stopAfter,
    stopbefore: options.stopBefore,
    changes: options.changes === true ? true : undefined,
    rm: true,
    version: "1",
  };
}

function jsonUnlessEmpty(value: object | undefined): string | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
}

function base64Json(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** `fromImage` and `tag` of a pull; without tag and digest the newest is meant, never all of them. */
function splitTag(reference: string, otherwise: string | undefined = "latest"): Query {
  const digest = reference.indexOf("@");
  if (digest >= 0) return { fromImage: reference.slice(0, digest), tag: reference.slice(digest + 1) };
  const colon = reference.lastIndexOf(":");
  if (colon > reference.lastIndexOf("/")) {
    return { fromImage: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  }
  return { fromImage: reference, tag: otherwise };
}
