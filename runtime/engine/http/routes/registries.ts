import type { LoginAnswer } from "../../../api/types/image.ts";
import { EngineError } from "../../error.ts";
import { type Answer, json } from "../answer.ts";
import type { Backend } from "../backend.ts";
import { decodeAuth, registryAuth } from "../bodies/registry-auth.ts";
import { type Call, jsonBody, param, text } from "../call.ts";
import { filters } from "../filters.ts";
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
  route("GET", "/images/search", search),
  route("GET", "/distribution/{name...}/json", async (call, { images }) => {
    const auth = registryAuth(call.headers["x-registry-auth"]);
    return json(await images.distribution(param(call, "name"), auth, call.signal));
  }),
];

const defaultSearchLimit = 25;
const largestSearchLimit = 100;

async function search(call: Call, { images }: Backend): Promise<Answer> {
  const term = text(call, "term") ?? "";
  if (term === "") throw new EngineError("invalid-argument", "a search needs a term");
  const limit = Number(text(call, "limit") ?? defaultSearchLimit) || defaultSearchLimit;
  if (!Number.isInteger(limit) || limit < 1 || limit > largestSearchLimit) {
    throw new EngineError(
      "invalid-argument",
      `a search has between 1 and ${largestSearchLimit} results, not ${limit}`,
    );
  }
  const {
    stars = [],
    "is-official": official = [],
    "is-automated": automated = [],
  } = filters(call, ["stars", "is-official", "is-automated"]);
  const leastStars = Math.max(0, ...stars.map(Number));
  if (Number.isNaN(leastStars))
    throw new EngineError("invalid-argument", `invalid filter 'stars=${stars[0]}'`);
  const auth = registryAuth(call.headers["x-registry-auth"]);
  const found = await images.search({ term, limit, auth }, call.signal);
  const asked = (values: readonly string[], has: boolean) =>
    values.every((value) => ["1", "true"].includes(value) === has);
  return json(
    found.filter(
      (item) =>
        item.star_count >= leastStars &&
        asked(official, item.is_official) &&
        asked(automated, item.is_automated === true),
    ),
  );
}
