import { EngineError } from "../../error.ts";
import { json } from "../answer.ts";
import { type Method, type Route, route } from "../router.ts";

/** Swarm: what every single Docker host answers too. */
const swarmPaths = [
  "/swarm",
  "/swarm/{rest...}",
  "/nodes",
  "/nodes/{rest...}",
  "/services",
  "/services/{rest...}",
  "/tasks",
  "/tasks/{rest...}",
  "/secrets",
  "/secrets/{rest...}",
  "/configs",
  "/configs/{rest...}",
];

/** Operations of the API that are not there yet: they say so. */
const missing: readonly (readonly [Method, string, string])[] = [
  ["GET", "/containers/{id}/attach/ws", "attaching by websocket"],
  ["POST", "/build/cancel", "cancelling a build by id"],
  ["POST", "/session", "BuildKit sessions"],
  ["POST", "/grpc", "BuildKit over gRPC"],
  ["PUT", "/volumes/{name}", "updating a cluster volume"],
  ["GET", "/plugins/{rest...}", "plugins"],
  ["POST", "/plugins/{rest...}", "plugins"],
  ["DELETE", "/plugins/{rest...}", "plugins"],
];

const methods: readonly Method[] = ["GET", "POST", "PUT", "DELETE"];

/** Stands after all other routes but before those whose names may hold slashes would take these paths. */
export const unsupportedRoutes: readonly Route[] = [
  route("GET", "/plugins", async () => json([])),
  ...swarmPaths.flatMap((path) => methods.map((method) => route(method, path, noSwarm))),
  ...missing.map(([method, path, what]) =>
    route(method, path, async () => {
      throw new EngineError("not-implemented", `${what} is not implemented by this engine`);
    }),
  ),
];

async function noSwarm(): Promise<never> {
  throw new EngineError(
    "unavailable",
    'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
  );
}
