import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../error.ts";
import { relaySocket } from "../host/relay-socket.ts";
import type { AgentMount, SecretMount } from "./run-mounts.ts";

/** What a client hands over for one build, in memory only: it is in no cache key, no layer, no history and no log. */
export interface BuildSecrets {
  /** By id. */
  readonly secrets: ReadonlyMap<string, Buffer>;
  /** Sockets of SSH agents on this host, by id. */
  readonly agents: ReadonlyMap<string, string>;
}

export const noSecrets: BuildSecrets = { secrets: new Map(), agents: new Map() };

const keptMs = 60_000;

/** Secrets that came before their build; each is taken once, and forgotten when nobody does. */
export class SecretOffers {
  readonly #offers = new Map<string, BuildSecrets>();

  /** Gives the name that the build request uses. */
  offer(secrets: BuildSecrets): string {
    const id = randomBytes(16).toString("hex");
    this.#offers.set(id, secrets);
    setTimeout(() => this.#offers.delete(id), keptMs).unref();
    return id;
  }

  /** Throws `not-found`. */
  take(id: string): BuildSecrets {
    const secrets = this.#offers.get(id);
    this.#offers.delete(id);
    if (secrets !== undefined) return secrets;
    throw new EngineError(
      "not-found",
      "the secrets of this build are not here: they were taken before, or too old",
    );
  }
}

/** A secret as a file for one step, in memory (`directory` is on a tmpfs). Gives its path on the host. */
export async function placeSecret(
  directory: string,
  content: Buffer,
  { uid, gid, mode }: SecretMount,
  held: AsyncDisposableStack,
): Promise<string> {
  const path = join(await ownDirectory(directory, held), "secret");
  await writeFile(path, content, { flag: "wx", mode: 0o600 });
  await chown(path, uid, gid);
  await chmod(path, mode);
  return path;
}

/** A socket for one step that leads to the client's agent. Gives its path on the host. */
export async function placeAgent(
  directory: string,
  agent: string,
  { uid, gid, mode }: AgentMount,
  held: AsyncDisposableStack,
): Promise<string> {
  const path = join(await ownDirectory(directory, held), "agent");
  held.use(await relaySocket(path, agent));
  await chown(path, uid, gid);
  await chmod(path, mode);
  return path;
}

async function ownDirectory(directory: string, held: AsyncDisposableStack): Promise<string> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const own = await mkdtemp(join(directory, "s-"));
  held.defer(() => rm(own, { recursive: true, force: true }));
  return own;
}
