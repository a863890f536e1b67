import { EngineError } from "../../error.ts";
import { json, noContent } from "../answer.ts";
import { decodeConnect, decodeDisconnect, decodeNetworkCreate } from "../bodies/network.ts";
import { jsonBody, param, text } from "../call.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";

const listFilters = ["dangling", "driver", "id", "label", "name", "scope", "type"];

/** `/networks`. */
export const networkRoutes: readonly Route[] = [
  route("GET", "/networks", async (call, { networks }) =>
    json(await networks.list(filters(call, listFilters))),
  ),
  route("POST", "/networks/create", async (call, { networks }) =>
    json(await networks.create(await jsonBody(call, decodeNetworkCreate), call.engineSignal), 201),
  ),
  route("POST", "/networks/prune", async (call, { networks }) =>
    json(await networks.prune(filters(call, ["until", "label", "label!"]), call.engineSignal)),
  ),
  route("GET", "/networks/{id}", async (call, { networks }) => {
    const id = param(call, "id");
    // `verbose` adds the services of a Swarm: there are none. All networks here are local.
    if ((text(call, "scope") ?? "local") !== "local") {
      throw new EngineError("not-found", `network ${id} not found`);
    }
    return json(await networks.inspect(id));
  }),
  route("DELETE", "/networks/{id}", async (call, { networks }) => {
    await networks.remove(param(call, "id"), call.engineSignal);
    return noContent();
  }),
  route("POST", "/networks/{id}/connect", async (call, { networks }) => {
    const { Container, EndpointConfig } = await jsonBody(call, decodeConnect);
    await networks.connect(param(call, "id"), Container, EndpointConfig ?? {}, call.engineSignal);
    return noContent(200);
  }),
  route("POST", "/networks/{id}/disconnect", async (call, { networks }) => {
    const { Container, Force = false } = await jsonBody(call, decodeDisconnect);
    await networks.disconnect(param(call, "id"), Container, { force: Force }, call.engineSignal);
    return noContent(200);
  }),
];
