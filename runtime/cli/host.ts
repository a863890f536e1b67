import { connect } from "node:net";
import { unixAddress } from "../api/address.ts";
import type { EngineAddress } from "../api/engine-client.ts";
import { UsageError } from "./command-line.ts";

/** Where an engine listens when nothing else is said. */
export const defaultSocket = "/run/berth/berth.sock";

/** The engine to talk to: `--host`, then BERTH_HOST, then DOCKER_HOST. Throws `UsageError`. */
export function engineAddress(
  host: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): EngineAddress {
  const text = host || env.BERTH_HOST || env.DOCKER_HOST || `unix://${defaultSocket}`;
  if (text.startsWith("/")) return unixAddress(text);
  if (text.startsWith("unix://")) return unixAddress(text.slice("unix://".length));
  const [, name, port] = /^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(text) ?? [];
  if (name === undefined)
    throw new UsageError(`cannot use host "${text}": use unix://PATH or tcp://HOST:PORT`);
  const target = { host: name.replace(/^\[|\]$/g, ""), port: Number(port ?? 2375) };
  return { name: text, connect: () => connect(target) };
}
