import type { RegistryAuth } from "../../api/types/image.ts";
import { familiarName, printFamiliar, type Reference } from "../../model/reference.ts";
import { isDigest } from "../content/digest.ts";
import { EngineError } from "../error.ts";
import { endpointsOf, type RegistryOptions } from "./endpoint.ts";
import { RegistryAnswer } from "./registry-answer.ts";
import { type FetchedManifest, Repository } from "./repository.ts";

const defaultStallMs = 30_000;

export interface Found {
  /** Where the rest of the image comes from. */
  readonly repository: Repository;
  readonly fetched: FetchedManifest;
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
   */
  async resolve(reference: Reference, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<Found> {
    if (reference.digest !== undefined && !isDigest(reference.digest)) {
      const name = printFamiliar(reference);
      throw new EngineError("invalid-argument", `cannot pull "${name}": only sha256 digests are supported`);
    }
    const failures: { readonly title: string; readonly error: EngineError }[] = [];
    for (const endpoint of endpointsOf(reference.domain, this.#options)) {
      const repository = new Repository(
        endpoint,
        reference.path,
        auth,
        this.#options.stallMs ?? defaultStallMs,
      );
      try {
        const wanted = reference.digest ?? reference.tag ?? "latest";
        return { repository, fetched: await repository.fetchManifest(wanted, signal) };
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof EngineError)) throw error;
        failures.push({ title: endpoint.title, error });
      }
    }
    throw notFound(reference, failures);
  }
}

function notFound(
  reference: Reference,
  failures: readonly { readonly title: string; readonly error: EngineError }[],
): EngineError {
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
