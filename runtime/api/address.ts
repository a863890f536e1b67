import { connect } from "node:net";
import type { EngineAddress } from "./engine-client.ts";

/** An engine behind a unix socket of this machine. */
export function unixAddress(path: string): EngineAddress {
  return { name: `unix://${path}`, connect: () => connect({ path }) };
}
