import { EngineError } from "../error.ts";
import type { BuildPruneOptions } from "../http/backend.ts";
import { parseDuration } from "./duration.ts";
import type { CacheChoice, CacheRecord } from "./layer-cache.ts";

/**
 * What `builder prune` asks to go. `until` is a duration since the last use (`24h`) or a time (RFC 3339 or Unix seconds);
 * `id` is a key or how it begins. Throws `invalid-argument` for a time that cannot be read.
 */
export function choiceOf({ keepBytes, filters }: BuildPruneOptions, now: number): CacheChoice {
  const { until = [], id: ids = [], type: types = [], inuse = [] } = filters;
  const times = until.map((text) => timeOf(text, now));
  const wantsUnused = inuse.every((text) => text === "0" || text === "false");
  const matches = ({ key, lastUsedAt }: CacheRecord) =>
    wantsUnused &&
    times.every((time) => lastUsedAt < time) &&
    (ids.length === 0 || ids.some((id) => key.startsWith(id))) &&
    (types.length === 0 || types.includes("regular"));
  return { matches, keepBytes };
}

function timeOf(text: string, now: number): number {
  const nanos = parseDuration(text);
  if (nanos !== undefined) return now - nanos / 1e6;
  const time = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new EngineError("invalid-argument", `invalid filter until=${text}: neither a duration nor a time`);
}
