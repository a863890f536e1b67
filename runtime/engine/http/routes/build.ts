import { EngineError } from "../../error.ts";
import { type Answer, json } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { registryConfig } from "../bodies/registry-auth.ts";
import { type Call, flag, integer, jsonQuery, text } from "../call.ts";
import { list, map, nullable, string } from "../decode.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";

/** `/build`. */
export const buildRoutes: readonly Route[] = [
  route("POST", "/build", build),
  route("POST", "/build/prune", async (call, { builder }) =>
    json(
      await builder.prune({
        keepBytes: integer(call, "reserved-space") ?? integer(call, "keep-storage") ?? 0,
        filters: filters(call, ["until", "id", "type", "inuse"]),
      }),
    ),
  ),
];

async function build(call: Call, { builder }: Backend): Promise<Answer> {
  refuse(call, "remote", "building from a remote context");
  refuse(call, "outputs", "build outputs other than an image");
  refuse(call, "squash", "squashing layers");
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
    auth: registryConfig(call.headers["x-registry-config"]),
  };
  return { kind: "lines", values: builder.build(request, call.signal) };
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
