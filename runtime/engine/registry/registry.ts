import type { ImageSearchResult, RegistryAuth } from "../../api/types/image.ts";
import { familiarName, printFamiliar, type Reference } from "../../model/reference.ts";
import { isDigest } from "../content/digest.ts";
import { EngineError } from "../error.ts";
import { type Endpoint, endpointsOf, ownEndpoints, type RegistryOptions } from "./endpoint.ts";
import { PushTarget } from "./push-target.ts";
import { RegistryAnswer } from "./registry-answer.ts";
import { type FetchedManifest, Repository } from "./repository.ts";
import { type SearchWork, searchImages } from "./search.ts";
import { Session } from "./session.ts";

const defaultStallMs = 30_000;

export interface Found {
  /** Where the rest of the image comes from. */
  readonly repository: Repository;
  readonly fetched: FetchedManifest;
  /** Number of the server that has it, among those asked; the next one may have it too. */
  readonly position: number;
}

/** Finds images on registries. Mirrors of `docker.io` are asked first, then Docker Hub itself. */
export class Registry {
  readonly #options: RegistryOptions;

  /** Throws `invalid-argument` when a mirror is no URL. */
  constructor(options: RegistryOptions) {
    endpointsOf("docker.io", options);
    this.#options = options;
  }

  get options(): RegistryOptions {
    return this.#options;
  }

  /**
   * The manifest or index behind `reference` (with tag or digest) and the server that has it. When none has it, the
   * error names every server that was tried: `not-found` in Docker's words when a server said so, else `unavailable`.
   * The first `skipped` servers are not asked.
   */
  async resolve(
    reference: Reference,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
    skipped = 0,
  ): Promise<Found> {
    if (reference.digest !== undefined && !isDigest(reference.digest)) {
      const name = printFamiliar(reference);
      throw new EngineError("invalid-argument", `cannot pull "${name}": only sha256 digests are supported`);
    }
    const failures: Failure[] = [];
    for (const [position, endpoint] of endpointsOf(reference.domain, this.#options).entries()) {
      if (position < skipped || (endpoint.isAlternative && wasUnderstood(failures.at(-1)))) continue;
      const repository = new Repository(endpoint, reference.path, auth, this.#stallMs);
      try {
        const wanted = reference.digest ?? reference.tag ?? "latest";
        return { repository, position, fetched: await repository.fetchManifest(wanted, signal) };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof EngineError)) throw error;
        failures.push({ title: endpoint.title, error });
      }
    }
    throw notFound(reference, failures);
  }

  /** The tags of a repository. Throws as `resolve` does. */
  async tags(
    reference: Reference,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const failures: Failure[] = [];
    for (const endpoint of endpointsOf(reference.domain, this.#options)) {
      if (endpoint.isAlternative && wasUnderstood(failures.at(-1))) continue;
      try {
        return await new Repository(endpoint, reference.path, auth, this.#stallMs).fetchTags(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof EngineError)) throw error;
        failures.push({ title: endpoint.title, error });
      }
    }
    throw notFound(reference, failures);
  }

  /** Opens the registry itself (no mirror) for a push. Throws `unavailable` when it cannot be reached. */
  async openForPush(
    reference: Reference,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<PushTarget> {
    const scope = `repository:${reference.path}:pull,push`;
    const { endpoint, session } = await this.#greet(reference.domain, scope, auth, signal);
    return new PushTarget(endpoint, session, reference.path, this.#stallMs);
  }

  /** Proves credentials. Throws `unauthorized` when the registry refuses them, `unavailable` when it is not in reach. */
  async login(domain: string, auth: RegistryAuth, signal: AbortSignal): Promise<void> {
    await this.#greet(domain, undefined, auth, signal);
  }

  /** Looks for images by a part of their name. Throws `unavailable`. */
  async search(work: SearchWork, signal: AbortSignal): Promise<readonly ImageSearchResult[]> {
    return await searchImages(this.#options, work, this.#stallMs, signal);
  }

  /** The endpoint that answers as a registry, with credentials proven when it asks for any. */
  async #greet(
    domain: string,
    scope: string | undefined,
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly endpoint: Endpoint; readonly session: Session }> {
    const failures: Failure[] = [];
    for (const endpoint of ownEndpoints(domain, this.#options)) {
      if (endpoint.isAlternative && wasUnderstood(failures.at(-1))) continue;
      const session = new Session(endpoint, scope, auth, this.#stallMs);
      try {
        (await session.get(`${endpoint.url}/v2/`, {}, signal)).discard();
        return { endpoint, session };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof EngineError)) throw error;
        failures.push({ title: endpoint.title, error });
      }
    }
    const last = failures.find(wasUnderstood) ?? failures[0];
    throw new EngineError(last?.error.kind ?? "unavailable", `${last?.title}: ${last?.error.message}`, {
      cause: last?.error,
    });
  }

  get #stallMs(): number {
    return this.#options.stallMs ?? defaultStallMs;
  }
}

interface Failure {
  readonly title: string;
  readonly error: EngineError;
}

/** A registry answered. 400 is what a server of TLS says to plain words. */
function wasUnderstood(failure: Failure | undefined): boolean {
  return failure?.error instanceof RegistryAnswer && failure.error.status !== 400;
}

function notFound(reference: Reference, failures: readonly Failure[]): EngineError {
  const name = printFamiliar(reference);
  const tried = failures.map(({ title, error }) => `${title}: ${error.message}`).join("; ");
  const cause = failures.at(-1)?.error;
  const answers = failures.map(({ error }) => error).filter((error) => error instanceof RegistryAnswer);
  const absent = answers.findLast((answer) => answer.saysAbsent);
  // A server that was reached and does not have the image tells more than one that was not reached.
  if (absent !== undefined) {
    const detail = failures.length > 1 || absent.code !== "MANIFEST_UNKNOWN" ? ` (${tried})` : "";
    if (absent.status === 404 && absent.code !== "NAME_UNKNOWN") {
      return new EngineError(
        "not-found",
        `manifest for ${name} not found: manifest unknown: manifest unknown${detail}`,
        { cause },
      );
    }
    return new EngineError(
      "not-found",
      `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied${detail}`,
      { cause },
    );
  }
  const kind = cause?.kind === "unavailable" ? "unavailable" : (cause?.kind ?? "unavailable");
  return new EngineError(kind, `cannot pull "${name}": ${tried}`, { cause });
}
