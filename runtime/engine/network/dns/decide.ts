import { isIPv6 } from "node:net";
import {
  type Answer,
  type DnsRecord,
  type Query,
  recordType,
  recordTypeOf,
  responseCode,
  reverseAddress,
} from "./message.ts";

/** A container that can be found by name in a network. */
export interface NamedEndpoint {
  readonly networkId: string;
  readonly networkName: string;
  /** The container's own name. */
  readonly containerName: string;
  /** IPv4, and IPv6 where its network has that. */
  readonly addresses: readonly string[];
  /** All names it answers to in that network, any case. */
  readonly names: readonly string[];
}

/** The container that asks, as the resolver sees it. */
export interface Asker {
  /** Networks whose names it may know. */
  readonly networkIds: ReadonlySet<string>;
  /** Names only this container has for others: link alias → container name. */
  readonly links: Readonly<Record<string, string>>;
  /** Whether anything beyond its networks is open to it. */
  readonly mayForward: boolean;
  /** Nameservers of its own; empty for the host's. */
  readonly dns: readonly string[];
}

export type Decision =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "forward"; readonly nameservers: readonly string[] };

const ttlSeconds = 5;

/**
 * What to do with a question: container names and addresses are answered here and never leave the machine; the rest goes to
 * the nameservers, unless the asker is only in internal networks. `asker` is undefined for strangers: they are refused.
 */
export function decide(
  query: Query,
  asker: Asker | undefined,
  endpoints: readonly NamedEndpoint[],
): Decision {
  if (asker === undefined) return reply(responseCode.refused, []);
  if (query.opcode !== 0) return reply(responseCode.notImplemented, []);
  if (query.class === 1) {
    const known = lookUp(query, asker, endpoints);
    if (known !== undefined) return reply(responseCode.ok, known);
  }
  if (!asker.mayForward) return reply(responseCode.noSuchName, []);
  return { kind: "forward", nameservers: asker.dns };
}

/** Records for a name known here (none when it has no record of that type); undefined for an unknown name. */
function lookUp(
  query: Query,
  asker: Asker,
  endpoints: readonly NamedEndpoint[],
): readonly DnsRecord[] | undefined {
  const near = endpoints.filter((endpoint) => asker.networkIds.has(endpoint.networkId));
  const reverse = reverseAddress(query.name);
  if (reverse !== undefined) {
    const owner = near.find((endpoint) => endpoint.addresses.includes(reverse));
    if (owner === undefined) return undefined;
    if (query.type !== recordType.ptr && query.type !== recordType.any) return [];
    return [{ type: "PTR", name: `${owner.containerName}.${owner.networkName}`, ttlSeconds }];
  }
  const linked = Object.hasOwn(asker.links, query.name) ? asker.links[query.name] : undefined;
  const name = (linked ?? query.name).toLowerCase();
  const found = near.filter((endpoint) => hasName(endpoint, name));
  if (found.length === 0) return undefined;
  return found
    .flatMap(({ addresses }) => addresses)
    .map((address): DnsRecord => ({ type: isIPv6(address) ? "AAAA" : "A", address, ttlSeconds }))
    .filter(({ type }) => query.type === recordType.any || query.type === recordTypeOf(type));
}

function hasName(endpoint: NamedEndpoint, name: string): boolean {
  const network = endpoint.networkName.toLowerCase();
  return endpoint.names.some((candidate) => {
    const lower = candidate.toLowerCase();
    return lower === name || `${lower}.${network}` === name;
  });
}

function reply(code: number, records: readonly DnsRecord[]): Decision {
  return { kind: "answer", answer: { code, records, authoritative: false } };
}
