import { randomBytes } from "node:crypto";
import { runTimed } from "./program.ts";

/** A network namespace with nothing but loopback: what an engine does to firewall and bridges ends with it. */
export interface NetworkNamespace extends AsyncDisposable {
  /** Put before a command that is to run in it. */
  readonly enter: readonly [string, ...string[]];
}

export async function createNetworkNamespace(signal: AbortSignal): Promise<NetworkNamespace> {
  const name = `bench-${randomBytes(4).toString("hex")}`;
  await runTimed({ argv: ["ip", "netns", "add", name] }, signal);
  const dispose = async () => {
    await runTimed({ argv: ["ip", "netns", "delete", name] }, AbortSignal.timeout(20_000));
  };
  try {
    await runTimed({ argv: ["ip", "-n", name, "link", "set", "lo", "up"] }, signal);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { enter: ["nsenter", `--net=/run/netns/${name}`], [Symbol.asyncDispose]: dispose };
}
