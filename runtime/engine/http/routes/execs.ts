import { json, noContent } from "../answer.ts";
import { decodeExecCreate, decodeExecStart } from "../bodies/container.ts";
import { detachKeys, jsonBody, param } from "../call.ts";
import { type Route, route } from "../router.ts";
import { windowSize } from "./containers.ts";

/** `/exec`. */
export const execRoutes: readonly Route[] = [
  route("POST", "/containers/{id}/exec", async (call, { execs }) => {
    const request = await jsonBody(call, decodeExecCreate);
    return json(await execs.create(param(call, "id"), request), 201);
  }),
  route(
    "POST",
    "/exec/{id}/start",
    async (call, { execs }) => {
      const { Detach = false, Tty = false, ConsoleSize } = await jsonBody(call, decodeExecStart);
      const id = param(call, "id");
      const { DetachKeys } = await execs.inspect(id);
      const keys = detachKeys(DetachKeys || undefined);
      const options = { detach: Detach, tty: Tty, consoleSize: ConsoleSize };
      const session = await execs.start(id, options, Detach ? call.engineSignal : call.signal);
      if (session === undefined) return noContent(200);
      return { kind: "hijack", session, detachKeys: session.tty ? keys : undefined };
    },
    true,
  ),
  route("POST", "/exec/{id}/resize", async (call, { execs }) => {
    await execs.resize(param(call, "id"), windowSize(call));
    return noContent(200);
  }),
  route("GET", "/exec/{id}/json", async (call, { execs }) => json(await execs.inspect(param(call, "id")))),
];
