import type { Service } from "../model/compose/types.ts";
import type { Support } from "./support.ts";

/** Keys that an engine older than `since` (Engine API version) passes over in silence. Source: Engine API version history. */
const NEWER: readonly {
  readonly key: string;
  readonly since: string;
  /** Without it something else would run. */
  readonly isVital: boolean;
  readonly isUsed: (service: Service) => boolean;
}[] = [
  {
    key: "volumes.subpath",
    since: "1.45",
    isVital: true,
    isUsed: ({ volumes }) => volumes.some((mount) => mount.type === "volume" && mount.subpath !== undefined),
  },
  {
    key: "healthcheck.start_interval",
    since: "1.44",
    isVital: false,
    isUsed: ({ healthcheck }) => healthcheck?.startIntervalMs !== undefined,
  },
  {
    key: "annotations",
    since: "1.43",
    isVital: false,
    isUsed: ({ annotations }) => Object.keys(annotations).length > 0,
  },
  {
    key: "networks.gw_priority",
    since: "1.48",
    isVital: false,
    isUsed: ({ networks }) =>
      [...networks.values()].some(({ gatewayPriority }) => gatewayPriority !== undefined),
  },
  {
    key: "networks.mac_address",
    since: "1.44",
    isVital: false,
    isUsed: ({ networks }) => [...networks.values()].some(({ macAddress }) => macAddress !== undefined),
  },
];

/** What of these services an engine of this API version would pass over. */
export function checkEngineAge(services: readonly Service[], apiVersion: string): Support {
  const refusals: string[] = [];
  const warnings: string[] = [];
  for (const service of services) {
    for (const { key, since, isVital, isUsed } of NEWER) {
      if (!isOlder(apiVersion, since) || !isUsed(service)) continue;
      const message = `services.${service.name}.${key} needs an engine with API ${since}; this one has ${apiVersion}`;
      if (isVital) refusals.push(message);
      else warnings.push(`${message}: it has no effect`);
    }
  }
  return { refusals, warnings };
}

function isOlder(version: string, since: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split(".").map(Number);
  return major < sinceMajor || (major === sinceMajor && minor < sinceMinor);
}
