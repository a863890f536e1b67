import { json, noContent } from "../answer.ts";
import { decodeContainerCreate, decodeUpdate } from "../bodies/container.ts";
import { type Call, flag, integer, jsonBody, param, text } from "../call.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";
import { containerInspect } from "../shapes.ts";

const listFilters = [
  "ancestor",
  "before",
  "expose",
  "exited",
  "health",
  "id",
  "isolation",
  "is-task",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
];

const id = (call: Call) => param(call, "id");

const stopOptions = (call: Call) => ({ signal: text(call, "signal"), timeoutSeconds: integer(call, "t") });

/** `/containers` but for the streams. */
export const containerRoutes: readonly Route[] = [
  route("GET", "/containers/json", async (call, { containers }) => {
    const limit = integer(call, "limit");
    const list = await containers.list({
      all: flag(call, "all") || (limit !== undefined && limit > 0),
      limit: limit !== undefined && limit > 0 ? limit : undefined,
      size: flag(call, "size"),
      filters: filters(call, listFilters),
    });
    return json(list);
  }),
  route("POST", "/containers/create", async (call, { containers }) => {
    const request = await jsonBody(call, decodeContainerCreate);
    const created = await containers.create(
      text(call, "name")?.replace(/^\//, ""),
      request,
      text(call, "platform"),
      call.engineSignal,
    );
    return json(created, 201);
  }),
  route("POST", "/containers/prune", async (call, { containers }) =>
    json(await containers.prune(filters(call, ["until", "label", "label!"]), call.engineSignal)),
  ),
  route("GET", "/containers/{id}/json", async (call, { containers }) =>
    json(containerInspect(call.version, await containers.inspect(id(call), { size: flag(call, "size") }))),
  ),
  route("POST", "/containers/{id}/start", async (call, { containers }) => {
    await containers.start(id(call), call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/stop", async (call, { containers }) => {
    await containers.stop(id(call), stopOptions(call), call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/restart", async (call, { containers }) => {
    await containers.restart(id(call), stopOptions(call), call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/kill", async (call, { containers }) => {
    await containers.kill(id(call), text(call, "signal") ?? "SIGKILL", call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/pause", async (call, { containers }) => {
    await containers.pause(id(call), call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/unpause", async (call, { containers }) => {
    await containers.unpause(id(call), call.engineSignal);
    return noContent();
  }),
  route("POST", "/containers/{id}/rename", async (call, { containers }) => {
    await containers.rename(id(call), (text(call, "name") ?? "").replace(/^\//, ""));
    return noContent();
  }),
  route("POST", "/containers/{id}/update", async (call, { containers }) =>
    json(await containers.update(id(call), await jsonBody(call, decodeUpdate), call.engineSignal)),
  ),
  route("POST", "/containers/{id}/resize", async (call, { containers }) => {
    await containers.resize(id(call), windowSize(call));
    return noContent(200);
  }),
  route("GET", "/containers/{id}/top", async (call, { containers }) =>
    json(await containers.top(id(call), text(call, "ps_args") ?? "-ef", call.signal)),
  ),
  route("DELETE", "/containers/{id}", async (call, { containers }) => {
    const options = { force: flag(call, "force"), removeVolumes: flag(call, "v") };
    await containers.remove(id(call), options, call.engineSignal);
    return noContent();
  }),
];

/** `h` and `w` of a resize. Throws `invalid-argument`. */
export function windowSize(call: Call): { readonly height: number; readonly width: number } {
  return { height: integer(call, "h") ?? 0, width: integer(call, "w") ?? 0 };
}
