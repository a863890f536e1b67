import { flag, param } from "../call.ts";
import { type Route, route } from "../router.ts";

/** `/containers/{id}/stats`: what `docker stats` reads. */
export const containerStatsRoutes: readonly Route[] = [
  route("GET", "/containers/{id}/stats", async (call, { containers }) => {
    const options = { stream: flag(call, "stream", true), oneShot: flag(call, "one-shot") };
    return { kind: "lines", values: await containers.stats(param(call, "id"), options, call.signal) };
  }),
];
