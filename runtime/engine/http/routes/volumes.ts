import { json, noContent } from "../answer.ts";
import type { Filters } from "../backend.ts";
import { decodeVolumeCreate } from "../bodies/volume.ts";
import { flag, jsonBody, param } from "../call.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";
import { volumePruneTakesNamed } from "../shapes.ts";

/** `/volumes`. */
export const volumeRoutes: readonly Route[] = [
  route("GET", "/volumes", async (call, { volumes }) =>
    json({
      Volumes: await volumes.list(filters(call, ["dangling", "driver", "label", "name"])),
      Warnings: [],
    }),
  ),
  route("POST", "/volumes/create", async (call, { volumes }) =>
    json(await volumes.create(await jsonBody(call, decodeVolumeCreate)), 201),
  ),
  route("POST", "/volumes/prune", async (call, { volumes }) => {
    const asked = filters(call, ["label", "label!", "all"]);
    const all: Filters = volumePruneTakesNamed(call.version) ? { all: ["true"] } : {};
    return json(await volumes.prune({ ...asked, ...all }));
  }),
  route("GET", "/volumes/{name}", async (call, { volumes }) =>
    json(await volumes.inspect(param(call, "name"))),
  ),
  route("DELETE", "/volumes/{name}", async (call, { volumes }) => {
    await volumes.remove(param(call, "name"), { force: flag(call, "force") });
    return noContent();
  }),
];
