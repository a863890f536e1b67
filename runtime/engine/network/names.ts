import { createHash } from "node:crypto";

/**
 * Names of what this engine makes in the host's kernel. Several engines may run on one machine, so each name carries the
 * instance (8 hex digits) or, for user-defined bridges, the network's random id. Interface names have at most 15 bytes.
 */
export interface KernelNames {
  /** The nft table, family inet. */
  readonly table: string;
  readonly defaultBridge: string;
  readonly netnsPrefix: string;
  readonly vethPrefix: string;
  /** Written on each bridge, so that one without a document can be told from a stranger's. */
  readonly bridgeAlias: string;
}

export function kernelNames(instance: string, isDefaultInstance: boolean): KernelNames {
  return {
    table: isDefaultInstance ? "berth" : `berth_${instance}`,
    defaultBridge: isDefaultInstance ? "berth0" : `berth-${instance}`,
    netnsPrefix: `berth-${instance}-`,
    vethPrefix: `bv${instance.slice(0, 5)}`,
    bridgeAlias: `berth:${instance}`,
  };
}

/** As other engines name it, because people look for it. */
export function bridgeName(networkId: string): string {
  return `br-${networkId.slice(0, 12)}`;
}

/** Containers have 64 hex digits, of which 16 are enough; other ids (build steps) may be alike at the front, so they are hashed. */
export function netnsName(names: KernelNames, containerId: string): string {
  const isRandom = /^[0-9a-f]{64}$/.test(containerId);
  const id = isRandom ? containerId : createHash("sha256").update(containerId).digest("hex");
  return `${names.netnsPrefix}${id.slice(0, 16)}`;
}

/** A namespace goes away some time after its deletion, and its interfaces with it: so each endpoint has a name of its own. */
export function vethName(names: KernelNames, endpointId: string): string {
  return `${names.vethPrefix}${endpointId.slice(0, 8)}`;
}

/** The id of a predefined network: the same after each start, different in each instance. */
export function predefinedId(instance: string, name: string): string {
  return createHash("sha256").update(`${instance} network ${name}`).digest("hex");
}
