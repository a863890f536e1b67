import { EngineError } from "../error.ts";
import type { KernelLinks } from "./bridges.ts";
import { type MacvlanOptions, parseMacvlanOptions } from "./driver-options.ts";
import type { NetworkDocument } from "./network-document.ts";

/**
 * Whether a macvlan network can hang on the device it names. Throws `invalid-argument` without a device, `not-found` for one
 * that this host does not have, `forbidden` for one that another network has: two networks would not be apart.
 */
export function checkParent(
  { parent }: MacvlanOptions,
  links: Pick<KernelLinks, "all">,
  networks: readonly NetworkDocument[],
): void {
  if (parent === undefined) {
    throw new EngineError(
      "invalid-argument",
      "a macvlan network needs the option parent: a device of this host",
    );
  }
  if (!links.all.has(parent)) {
    throw new EngineError(
      "not-found",
      `the parent ${parent} of the macvlan network is no device of this host (for a VLAN make it first: ip link add link DEVICE name ${parent} type vlan id ID)`,
    );
  }
  const other = networks.find(
    ({ driver, options }) => driver === "macvlan" && parseMacvlanOptions(options).parent === parent,
  );
  if (other === undefined) return;
  throw new EngineError("forbidden", `network ${other.name} is already using parent interface ${parent}`);
}
