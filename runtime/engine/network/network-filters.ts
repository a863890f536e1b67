import { EngineError } from "../error.ts";
import type { Filters } from "../http/backend.ts";
import type { NetworkDocument } from "./network-document.ts";

const known = new Set(["name", "id", "label", "label!", "driver", "type", "scope", "dangling", "until"]);

/** Whether a network passes `GET /networks?filters=`. Throws `invalid-argument` for an unknown filter. Source: Engine API. */
export function matchesNetwork(network: NetworkDocument, inUse: boolean, filters: Filters): boolean {
  for (const name of Object.keys(filters)) {
    if (!known.has(name)) throw new EngineError("invalid-argument", `invalid filter '${name}'`);
  }
  const any = (key: string, test: (value: string) => boolean) => {
    const values = filters[key];
    return values === undefined || values.length === 0 || values.some(test);
  };
  return (
    any("name", (value) => network.name.includes(value)) &&
    any("id", (value) => network.id.startsWith(value)) &&
    any("driver", (value) => network.driver === value) &&
    any("scope", (value) => value === "local") &&
    any("type", (value) => matchesType(network, value)) &&
    any("dangling", (value) => matchesDangling(network, inUse, value)) &&
    (filters.label ?? []).every((value) => hasLabel(network, value)) &&
    !(filters["label!"] ?? []).some((value) => hasLabel(network, value)) &&
    any("until", (value) => Date.parse(network.created) <= untilMs(value, Date.now()))
  );
}

function matchesType(network: NetworkDocument, value: string): boolean {
  if (value !== "custom" && value !== "builtin") {
    throw new EngineError("invalid-argument", `invalid filter: 'type'='${value}'`);
  }
  return (value === "builtin") === network.predefined;
}

function matchesDangling(network: NetworkDocument, inUse: boolean, value: string): boolean {
  const isWanted = ["true", "1"].includes(value);
  if (!isWanted && !["false", "0"].includes(value)) {
    throw new EngineError("invalid-argument", `invalid filter 'dangling=${value}'`);
  }
  return isWanted === (!inUse && !network.predefined);
}

function hasLabel(network: NetworkDocument, value: string): boolean {
  const [key = "", ...rest] = value.split("=");
  if (!Object.hasOwn(network.labels, key)) return false;
  return rest.length === 0 || network.labels[key] === rest.join("=");
}

/** Unix seconds, an RFC 3339 time, or a Go duration back from now (`24h`, `1h30m`). */
function untilMs(value: string, nowMs: number): number {
  if (/^[0-9]+(\.[0-9]+)?$/.test(value)) return Number(value) * 1000;
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...value.matchAll(/([0-9.]+)(ms|h|m|s)/g)];
  if (parts.length > 0 && parts.map((part) => part[0]).join("") === value) {
    return nowMs - parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
  }
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw new EngineError("invalid-argument", `invalid filter 'until=${value}'`);
  return time;
}
