import { type Answer, json } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { type Call, timestamp } from "../call.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";
import { eventMessage } from "../shapes.ts";

const eventFilters = [
  "config",
  "container",
  "daemon",
  "event",
  "image",
  "label",
  "network",
  "node",
  "plugin",
  "scope",
  "secret",
  "service",
  "type",
  "volume",
];

/** What is the engine's own. */
export const systemRoutes: readonly Route[] = [
  route("GET", "/_ping", ping),
  route("HEAD", "/_ping", ping),
  route("GET", "/version", async (_call, { system }) => json(await system.version())),
  route("GET", "/info", async (_call, { system }) => json(await system.info())),
  route("GET", "/system/df", async (_call, { system }) => json(await system.diskUsage())),
  route("GET", "/events", events),
];

async function ping(): Promise<Answer> {
  return {
    kind: "text",
    body: "OK",
    headers: {
      "Builder-Version": "1",
      "Cache-Control": "no-cache, no-store, must-revalidate",
      Pragma: "no-cache",
      Swarm: "inactive",
    },
  };
}

async function events(call: Call, { events: source }: Backend): Promise<Answer> {
  const now = Date.now();
  const options = {
    since: timestamp(call, "since", now),
    until: timestamp(call, "until", now),
    filters: filters(call, eventFilters),
  };
  const values = source.subscribe(options, call.signal);
  return { kind: "events", values: mapped(values) };
}

async function* mapped(values: ReturnType<Backend["events"]["subscribe"]>): AsyncGenerator<object> {
  for await (const event of values) yield eventMessage(event);
}
