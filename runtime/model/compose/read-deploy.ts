import type { Fields } from "./fields.ts";
import type { Limits, RestartPolicy, UnmodelledKey } from "./types.ts";

/** Limits of the service itself and of `deploy.resources`; the same limit given twice must agree. */
export function readLimits(
  service: Fields,
  deploy: Fields,
): { readonly limits: Limits; readonly unmodelled: readonly UnmodelledKey[] } {
  const resources = deploy.fields("resources");
  const limits = resources.fields("limits");
  const reservations = resources.fields("reservations");
  const read: Limits = {
    memoryBytes: agreed(service, "mem_limit", service.sizeBytes("mem_limit"), limits.sizeBytes("memory")),
    memoryReservationBytes: agreed(
      service,
      "mem_reservation",
      service.sizeBytes("mem_reservation"),
      reservations.sizeBytes("memory"),
    ),
    memorySwapBytes: service.sizeBytes("memswap_limit"),
    memorySwappiness: service.integer("mem_swappiness"),
    cpuNano: agreed(service, "cpus", service.cpuNano("cpus"), limits.cpuNano("cpus")),
    cpuShares: service.integer("cpu_shares"),
    cpuPeriod: service.integer("cpu_period"),
    cpuQuota: service.integer("cpu_quota"),
    cpuset: service.text("cpuset"),
    pids: agreed(service, "pids_limit", service.integer("pids_limit"), limits.integer("pids")),
    shmSizeBytes: service.sizeBytes("shm_size"),
    oomKillDisable: service.flag("oom_kill_disable"),
    oomScoreAdj: service.integer("oom_score_adj"),
  };
  const unmodelled = [
    ...resources.finish([], "deploy.resources."),
    ...limits.finish([], "deploy.resources.limits."),
    ...reservations.finish(["cpus", "generic_resources", "devices"], "deploy.resources.reservations."),
  ];
  return { limits: read, unmodelled };
}

function agreed(
  service: Fields,
  key: string,
  own: number | undefined,
  deployed: number | undefined,
): number | undefined {
  if (own !== undefined && deployed !== undefined && own !== deployed) {
    service.report(
      key,
      "conflicting-keys",
      `${key} and deploy.resources say different things: give one of them`,
    );
  }
  return own ?? deployed;
}

/** `scale` or `deploy.replicas`. */
export function readReplicas(service: Fields, deploy: Fields): number {
  const scale = service.integer("scale");
  const replicas = deploy.integer("replicas");
  if (scale !== undefined && replicas !== undefined && scale !== replicas) {
    service.report(
      "scale",
      "conflicting-keys",
      `scale (${scale}) and deploy.replicas (${replicas}) differ: give one of them`,
    );
  }
  return scale ?? replicas ?? 1;
}

/** `restart`, or else `deploy.restart_policy`. */
export function readRestart(service: Fields, deploy: Fields): RestartPolicy | undefined {
  const policy = deploy.has("restart_policy") ? deploy.fields("restart_policy") : undefined;
  const condition = policy?.oneOf("condition", ["none", "on-failure", "any"]);
  const attempts = policy?.integer("max_attempts");
  policy?.finish(["delay", "window"]);
  const text = service.text("restart");
  if (text !== undefined) return parseRestart(service, text);
  if (condition === "none") return { name: "no" };
  if (condition === "on-failure") return { name: "on-failure", maximumRetryCount: attempts };
  return condition === "any" ? { name: "always" } : undefined;
}

function parseRestart(service: Fields, text: string): RestartPolicy | undefined {
  const found = /^(no|false|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text);
  const name = found?.[1] === "false" ? "no" : found?.[1];
  if (name === "on-failure") {
    return { name, maximumRetryCount: found?.[2] === undefined ? undefined : Number(found[2]) };
  }
  if ((name === "no" || name === "always" || name === "unless-stopped") && found?.[2] === undefined)
    return { name };
  service.report(
    "restart",
    "invalid-type",
    `restart "${text}": use no, always, unless-stopped, on-failure or on-failure:COUNT`,
  );
  return undefined;
}
