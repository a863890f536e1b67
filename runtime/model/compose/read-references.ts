import type { Fields } from "./fields.ts";
import type { Dependency, DependencyCondition, FileReference, NetworkAttachment } from "./types.ts";

const CONDITIONS: readonly DependencyCondition[] = [
  "service_started",
  "service_healthy",
  "service_completed_successfully",
];

/** `depends_on` in long form. */
export function readDependencies(fields: Fields): ReadonlyMap<string, Dependency> {
  const all = fields.fields("depends_on");
  return new Map(
    fields.entries("depends_on").map((item) => {
      const one = all.item(item.value, item.key);
      const dependency: Dependency = {
        condition: one.oneOf("condition", CONDITIONS) ?? "service_started",
        restart: one.flag("restart") ?? false,
        required: one.flag("required") ?? true,
      };
      one.finish([]);
      return [item.key, dependency] as const;
    }),
  );
}

/** The networks of a service; the default network when it names none and has no network mode. */
export function readAttachments(
  fields: Fields,
  hasNetworkMode: boolean,
): ReadonlyMap<string, NetworkAttachment> {
  const all = fields.fields("networks");
  const entries = fields.entries("networks");
  if (entries.length === 0) {
    return new Map(
      hasNetworkMode ? [] : [["default", { aliases: [], linkLocalIps: [], driverOpts: {}, priority: 0 }]],
    );
  }
  return new Map(
    entries.map((item) => {
      const one = all.item(item.value, item.key);
      const attachment: NetworkAttachment = {
        aliases: one.texts("aliases"),
        ipv4Address: one.text("ipv4_address"),
        ipv6Address: one.text("ipv6_address"),
        linkLocalIps: one.texts("link_local_ips"),
        macAddress: one.text("mac_address"),
        driverOpts: one.map("driver_opts"),
        priority: one.integer("priority") ?? 0,
        gatewayPriority: one.integer("gw_priority"),
      };
      for (const left of one.finish(["interface_name"])) {
        one.report(left.path, "unsupported-key", `networks.${item.key}.${left.path} is not supported`);
      }
      return [item.key, attachment] as const;
    }),
  );
}

/** Secrets or configs a service uses; relative targets stand under `directory`. */
export function readFileReferences(
  fields: Fields,
  key: "secrets" | "configs",
  directory: string,
): readonly FileReference[] {
  return fields.list(key).flatMap((one): FileReference[] => {
    const source = one.text("source");
    const target = one.text("target");
    const reference = {
      uid: one.text("uid"),
      gid: one.text("gid"),
      mode: one.fileMode("mode"),
      place: one.place,
    };
    one.finish([]);
    if (source === undefined) {
      one.report(undefined, "invalid-type", `an entry of ${key} needs a source`);
      return [];
    }
    const path = target?.startsWith("/") ? target : `${directory}${target ?? source}`;
    return [{ ...reference, source, target: path }];
  });
}
