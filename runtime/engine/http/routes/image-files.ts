import { type Answer, json } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { decodeCommit } from "../bodies/container.ts";
import { type Call, flag, jsonBody, param, text } from "../call.ts";
import { type Route, route } from "../router.ts";

/** Images as files, and containers as images. */
export const imageFileRoutes: readonly Route[] = [
  route("GET", "/images/get", async (call, { images }) => save(call, images, call.query.getAll("names"))),
  route("GET", "/images/{name...}/get", async (call, { images }) =>
    save(call, images, [param(call, "name")]),
  ),
  route("POST", "/commit", async (call, { captures }) => {
    const request = {
      container: text(call, "container") ?? "",
      repository: text(call, "repo") ?? "",
      tag: text(call, "tag") ?? "",
      comment: text(call, "comment") ?? "",
      author: text(call, "author") ?? "",
      pause: flag(call, "pause", true),
      // One instruction a line, or one a parameter.
      changes: call.query.getAll("changes"),
      config: await jsonBody(call, decodeCommit),
    };
    return json({ Id: await captures.commit(request, call.engineSignal) }, 201);
  }),
  route("GET", "/containers/{id}/changes", async (call, { captures }) => {
    const changes = await captures.changes(param(call, "id"), call.signal);
    return json(changes.length === 0 ? null : changes);
  }),
  route("GET", "/containers/{id}/export", async (call, { captures }) => ({
    kind: "bytes",
    mediaType: "application/octet-stream",
    chunks: await captures.exportTree(param(call, "id"), call.signal),
  })),
];

function save(call: Call, images: Backend["images"], names: readonly string[]): Answer {
  const chunks = images.save(names, text(call, "platform") ?? "", call.signal);
  return { kind: "bytes", mediaType: "application/x-tar", chunks };
}
