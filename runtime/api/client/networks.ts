import type { EngineClient } from "../engine-client.ts";
import { printFilters, segment, type Wire } from "./wire.ts";

/** `/networks`. */
export function networkCalls(wire: Wire): EngineClient["networks"] {
  return {
    list: (filters, signal) =>
      wire.json({ method: "GET", path: "/networks" }, { filters: printFilters(filters) }, signal),
    create: (request, signal) =>
      wire.json({ method: "POST", path: "/networks/create", body: { json: request } }, {}, signal),
    inspect: (name, signal) => wire.json({ method: "GET", path: `/networks/${segment(name)}` }, {}, signal),
    remove: (name, signal) => wire.none({ method: "DELETE", path: `/networks/${segment(name)}` }, {}, signal),
    connect: (network, container, endpoint, signal) =>
      wire.none(
        {
          method: "POST",
          path: `/networks/${segment(network)}/connect`,
          body: { json: { Container: container, EndpointConfig: endpoint } },
        },
        {},
        signal,
      ),
    disconnect: (network, container, { force = false }, signal) =>
      wire.none(
        {
          method: "POST",
          path: `/networks/${segment(network)}/disconnect`,
          body: { json: { Container: container, Force: force } },
        },
        {},
        signal,
      ),
    prune: (filters, signal) =>
      wire.json({ method: "POST", path: "/networks/prune" }, { filters: printFilters(filters) }, signal),
  };
}
