import type { EngineClient } from "../engine-client.ts";
import { printFilters, type Wire } from "./wire.ts";

/** `/version`, `/info`, `/events` and what else is the server's own. */
export function systemCalls(wire: Wire): EngineClient["system"] {
  return {
    ping: (signal) => wire.ping(signal),
    version: (signal) => wire.json({ method: "GET", path: "/version" }, {}, signal),
    info: (signal) => wire.json({ method: "GET", path: "/info" }, {}, signal),
    events: ({ since, until, filters }, signal) =>
      wire.lines(
        { method: "GET", path: "/events" },
        { since, until, filters: printFilters(filters) },
        signal,
      ),
    diskUsage: (signal) => wire.json({ method: "GET", path: "/system/df" }, {}, signal),
    login: (auth, signal) => wire.json({ method: "POST", path: "/auth", body: { json: auth } }, {}, signal),
  };
}
