import type { ImageSearchResult, RegistryAuth } from "../../api/types/image.ts";
import { EngineError } from "../error.ts";
import { type Endpoint, ownEndpoints, type RegistryOptions, searchEndpoints } from "./endpoint.ts";
import { RegistryAnswer } from "./registry-answer.ts";
import { Session } from "./session.ts";
import { readLimited } from "./transport.ts";

const answerLimitBytes = 4 * 1024 * 1024;

export interface SearchWork {
  /** `TERM` is looked for on Docker Hub, `HOST/TERM` on that registry. */
  readonly term: string;
  readonly limit: number;
  readonly auth: RegistryAuth | undefined;
}

/**
 * `docker search`: by the search that Docker Hub and some other registries have (`/v1/search`), else among the names in
 * the catalogue (`/v2/_catalog`), if the registry shows one. Throws `unavailable` with every server's reason.
 */
export async function searchImages(
  options: RegistryOptions,
  { term, limit, auth }: SearchWork,
  stallMs: number,
  signal: AbortSignal,
): Promise<readonly ImageSearchResult[]> {
  const [, host, rest] = /^([^/]+[.:][^/]*|localhost)\/(.+)$/s.exec(term) ?? [];
  const [wanted, endpoints] =
    host === undefined || rest === undefined
      ? [term, searchEndpoints(options)]
      : [rest, ownEndpoints(host, options)];
  const failures: string[] = [];
  for (const endpoint of endpoints) {
    const session = new Session(endpoint, "registry:catalog:*", auth, stallMs);
    try {
      const found = await searchOne(session, endpoint, wanted, limit, stallMs, signal);
      return host === undefined ? found : found.map((each) => ({ ...each, name: `${host}/${each.name}` }));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof EngineError)) throw error;
      failures.push(`${endpoint.title}: ${error.message}`);
    }
  }
  throw new EngineError(
    "unavailable",
    `cannot search for ${JSON.stringify(term.slice(0, 100))}: ${failures.join("; ")}`,
  );
}

async function searchOne(
  session: Session,
  { url }: Endpoint,
  term: string,
  limit: number,
  stallMs: number,
  signal: AbortSignal,
): Promise<readonly ImageSearchResult[]> {
  const fetched = async (address: string) => {
    const response = await session.get(address, { accept: "application/json" }, signal);
    return parsed(await readLimited(response, answerLimitBytes, stallMs, signal));
  };
  try {
    const query = new URLSearchParams({ q: term, n: String(limit) });
    const { results } = await fetched(`${url}/v1/search?${query}`);
    if (!Array.isArray(results)) throw malformed();
    return results.slice(0, limit).map(searchItem);
  } catch (error) {
    // A registry without a search says so with any of these, and may have a catalogue.
    if (!(error instanceof RegistryAnswer) || ![400, 403, 404, 405].includes(error.status)) throw error;
  }
  const { repositories } = await fetched(`${url}/v2/_catalog?n=1000`);
  if (!Array.isArray(repositories)) throw malformed();
  const names = repositories.filter((name) => typeof name === "string").filter((name) => name.includes(term));
  return names.slice(0, limit).map((name) => searchItem({ name }));
}

function searchItem(value: unknown): ImageSearchResult {
  if (typeof value !== "object" || value === null) throw malformed();
  const { name, description, star_count, is_official } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") throw malformed();
  return {
    name,
    description: typeof description === "string" ? description : "",
    star_count: typeof star_count === "number" ? star_count : 0,
    is_official: is_official === true,
    is_automated: false,
  };
}

function parsed(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw malformed();
}

function malformed(): EngineError {
  return new EngineError("unavailable", "the server's answer to the search is malformed");
}
