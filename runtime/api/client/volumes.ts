import type { EngineClient } from "../engine-client.ts";
import type { Volume } from "../types/volume.ts";
import { printFilters, segment, type Wire } from "./wire.ts";

/** `/volumes`. */
export function volumeCalls(wire: Wire): EngineClient["volumes"] {
  return {
    list: async (filters, signal) => {
      const query = { filters: printFilters(filters) };
      const answer = await wire.json<{ readonly Volumes: readonly Volume[] | null }>(
        { method: "GET", path: "/volumes" },
        query,
        signal,
      );
      return answer.Volumes ?? [];
    },
    create: (request, signal) =>
      wire.json({ method: "POST", path: "/volumes/create", body: { json: request } }, {}, signal),
    inspect: (name, signal) => wire.json({ method: "GET", path: `/volumes/${segment(name)}` }, {}, signal),
    remove: (name, { force }, signal) =>
      wire.none({ method: "DELETE", path: `/volumes/${segment(name)}` }, { force }, signal),
    prune: (filters, signal) =>
      wire.json({ method: "POST", path: "/volumes/prune" }, { filters: printFilters(filters) }, signal),
  };
}
