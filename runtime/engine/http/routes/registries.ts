import type { LoginAnswer } from "../../../api/types/image.ts";
import { EngineError } from "../../error.ts";
import { json } from "../answer.ts";
import { decodeAuth, registryAuth } from "../bodies/registry-auth.ts";
import { jsonBody, param, text } from "../call.ts";
import { type Route, route } from "../router.ts";

/** What goes to or asks a registry. */
export const registryRoutes: readonly Route[] = [
  route("POST", "/auth", async (call, { images }) => {
    await images.login(await jsonBody(call, decodeAuth), call.signal);
    const answer: LoginAnswer = { Status: "Login Succeeded", IdentityToken: "" };
    return json(answer);
  }),
  route("POST", "/images/{name...}/push", async (call, { images }) => {
    const auth = registryAuth(call.headers["x-registry-auth"]);
    const request = { name: param(call, "name"), tag: text(call, "tag"), auth };
    return { kind: "lines", values: images.push(request, call.signal) };
  }),
  route("GET", "/images/search", async (call) => {
    const term = text(call, "term") ?? "";
    throw new EngineError(
      "not-implemented",
      `cannot search for ${JSON.stringify(term.slice(0, 100))}: registries have no search of their own; look on https://hub.docker.com`,
    );
  }),
  route("GET", "/distribution/{name...}/json", async (call, { images }) => {
    const auth = registryAuth(call.headers["x-registry-auth"]);
    return json(await images.distribution(param(call, "name"), auth, call.signal));
  }),
];
