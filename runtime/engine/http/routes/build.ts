import type { StepLimits } from "../../container/ports.ts";
import { EngineError } from "../../error.ts";
import { type Answer, json } from "../answer.ts";
import type { Backend, StopPoint } from "../backend.ts";
import { resources } from "../bodies/container.ts";
import { registryConfig } from "../bodies/registry-auth.ts";
import { type Call, flag, integer, jsonBody, jsonQuery, text } from "../call.ts";
import { list, map, nullable, object, string } from "../decode.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";

/** `/build`. */
export const buildRoutes: readonly Route[] = [
  route("POST", "/build", build),
  route("POST", "/build/secrets", offerSecrets),
  route("POST", "/build/prune", async (call, { builder }) =>
    json(
      await builder.prune({
        keepBytes: integer(call, "reserved-space") ?? integer(call, "keep-storage") ?? 0,
        filters: filters(call, ["until", "id", "type", "inuse"]),
      }),
    ),
  ),
];

/** Berth's own: secrets of the next build, in a body, since addresses and headers end up in logs. */
async function offerSecrets(call: Call, { builder }: Backend): Promise<Answer> {
  const { secrets = {}, agents = {} } = await jsonBody(call, offeredSecrets);
  const decoded = Object.entries(secrets).map(([id, text]): [string, Buffer] => [
    id,
    Buffer.from(text, "base64"),
  ]);
  const id = builder.offerSecrets({ secrets: new Map(decoded), agents: new Map(Object.entries(agents)) });
  return json({ Id: id });
}

const offeredSecrets = object<{ secrets: Record<string, string>; agents: Record<string, string> }>({
  secrets: map(string),
  agents: map(string),
});

async function build(call: Call, { builder }: Backend): Promise<Answer> {
  refuse(call, "outputs", "build outputs other than an image");
  refuse(call, "squash", "squashing layers");
  refuse(call, "cgroupparent", "a parent control group for build steps");
  refuse(call, "securityopt", "security options for build steps");
  if (text(call, "version") === "2") {
    throw new EngineError(
      "not-implemented",
      "BuildKit sessions are not implemented: use the classic builder (DOCKER_BUILDKIT=0)",
    );
  }
  const request = {
    context: call.body,
    dockerfile: text(call, "dockerfile") ?? "Dockerfile",
    tags: call.query.getAll("t").filter((tag) => tag !== ""),
    buildArgs: jsonQuery(call, "buildargs", map(nullable(string))) ?? {},
    labels: jsonQuery(call, "labels", map(string)) ?? {},
    target: text(call, "target") ?? "",
    noCache: flag(call, "nocache"),
    pull: flag(call, "pull"),
    quiet: flag(call, "q"),
    wantsEvents: flag(call, "events"),
    networkMode: text(call, "networkmode") ?? "default",
    platform: text(call, "platform"),
    extraHosts: extraHosts(call),
    shmSizeBytes: integer(call, "shmsize") || undefined,
    limits: limits(call),
    cacheFrom: jsonQuery(call, "cachefrom", nullable(list(string))) ?? [],
    remote: text(call, "remote"),
    stopAt: stopPoint(call),
    wantsChanges: flag(call, "changes"),
    secrets: text(call, "secrets"),
    auth: registryConfig(call.headers["x-registry-config"]),
  };
  return { kind: "lines", values: builder.build(request, call.signal) };
}

/** Berth's own: `stopafter=LINE` or `stopbefore=LINE`. */
function stopPoint(call: Call): StopPoint | undefined {
  const [after, before] = [integer(call, "stopafter"), integer(call, "stopbefore")];
  if (after !== undefined) return { line: after, side: "after" };
  return before === undefined ? undefined : { line: before, side: "before" };
}

function limits(call: Call): StepLimits {
  const given = {
    Memory: integer(call, "memory"),
    MemorySwap: integer(call, "memswap"),
    CpuShares: integer(call, "cpushares"),
    CpuPeriod: integer(call, "cpuperiod"),
    CpuQuota: integer(call, "cpuquota"),
    CpusetCpus: text(call, "cpusetcpus"),
    Ulimits: jsonQuery(call, "ulimits", nullable(resources.Ulimits)) ?? undefined,
  };
  // Clients send zeros for what was not asked for.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== 0));
}

/** The specification says one comma- or line-separated string; docker-py sends JSON. */
function extraHosts(call: Call): readonly string[] {
  const value = text(call, "extrahosts");
  if (value === undefined) return [];
  if (value.startsWith("[")) return jsonQuery(call, "extrahosts", list(string)) ?? [];
  return value.split(/[\n,]/).filter((host) => host !== "");
}

function refuse(call: Call, name: string, what: string): void {
  const value = text(call, name);
  if (value === undefined || value === "0" || value === "false") return;
  throw new EngineError("not-implemented", `${what} is not implemented (query parameter ${name})`);
}
