import { EngineError } from "../../error.ts";
import { type Answer, json, noContent } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { registryAuth } from "../bodies/registry-auth.ts";
import { type Call, flag, param, text } from "../call.ts";
import { filters } from "../filters.ts";
import { type Route, route } from "../router.ts";
import { imageInspect, imageSummary } from "../shapes.ts";

const name = (call: Call) => param(call, "name");

/** `/images`. */
export const imageRoutes: readonly Route[] = [
  route("GET", "/images/json", async (call, { images }) => {
    const list = await images.list({
      all: flag(call, "all"),
      sharedSize: flag(call, "shared-size"),
      manifests: flag(call, "manifests"),
      filters: filters(call, ["dangling", "label", "before", "since", "reference", "until"]),
    });
    return json(list.map((image) => imageSummary(call.version, image)));
  }),
  route("POST", "/images/create", create),
  route("POST", "/images/load", async (call, { images }) => ({
    kind: "lines",
    values: images.load(call.body, call.signal),
  })),
  route("POST", "/images/prune", async (call, { images }) =>
    json(await images.prune(filters(call, ["dangling", "label", "label!", "until"]), call.signal)),
  ),
  route("GET", "/images/{name...}/json", async (call, { images }) =>
    json(imageInspect(call.version, await images.inspect(name(call)))),
  ),
  route("GET", "/images/{name...}/history", async (call, { images }) =>
    json(await images.history(name(call))),
  ),
  route("POST", "/images/{name...}/tag", async (call, { images }) => {
    await images.tag(name(call), text(call, "repo") ?? "", text(call, "tag") ?? "latest");
    return noContent(201);
  }),
  route("DELETE", "/images/{name...}", async (call, { images }) =>
    json(await images.remove(name(call), { force: flag(call, "force"), noPrune: flag(call, "noprune") })),
  ),
];

async function create(call: Call, { images }: Backend): Promise<Answer> {
  const image = text(call, "fromImage");
  if (image === undefined) return await importRootfs(call, images);
  const request = {
    reference: joinTag(image, text(call, "tag")),
    platform: text(call, "platform"),
    auth: registryAuth(call.headers["x-registry-auth"]),
    allTags: text(call, "tag") === undefined && !/[@:][^/]*$/.test(image),
  };
  return { kind: "lines", values: images.pull(request, call.signal) };
}

async function importRootfs(call: Call, images: Backend["images"]): Promise<Answer> {
  if (text(call, "fromSrc") !== "-") {
    throw new EngineError(
      "not-implemented",
      "importing an image from a URL is not implemented: send the archive",
    );
  }
  const options = {
    repository: text(call, "repo") ?? "",
    tag: text(call, "tag") ?? "",
    message: text(call, "message") ?? "",
    changes: call.query.getAll("changes"),
  };
  const id = await images.importRootfs(call.body, options, call.signal);
  return { kind: "lines", values: oneLine({ status: id }) };
}

async function* oneLine(value: object): AsyncGenerator<object, void, void> {
  yield value;
}

/** `tag` may be a digest; a tag in `fromImage` itself is overruled by it. */
function joinTag(image: string, tag: string | undefined): string {
  if (tag === undefined) return image;
  return tag.includes(":") ? `${image}@${tag}` : `${image}:${tag}`;
}
