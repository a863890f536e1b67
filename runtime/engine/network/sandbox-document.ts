import type { ContainerNetworkSettings } from "../../api/types/container.ts";
import type { EndpointSettings, NetworkContainer } from "../../api/types/network.ts";
import type { MacvlanMode } from "./driver-options.ts";
import { type PortRequest, type PublishedPort, printPorts } from "./port-mapping.ts";

/** What is on disk of one container's network sandbox; it is there before the kernel has any of it. */
export interface SandboxDocument {
  readonly containerId: string;
  /** Random, 64 hex digits. */
  readonly sandboxId: string;
  readonly name: string;
  readonly hostname: string;
  readonly domainname: string;
  /** `own`: a namespace of its own; `host`: the host's; `joined`: another container's. */
  readonly kind: "own" | "host" | "joined";
  /** Name under `ip netns`, of `own`. */
  readonly netns?: string;
  /** The container whose namespace it shares, of `joined`. */
  readonly joined?: string;
  readonly endpoints: readonly EndpointDocument[];
  readonly ports: readonly PublishedPort[];
  /** What is to be published as soon as there is a way out. */
  readonly portRequests?: readonly PortRequest[];
  readonly exposedPorts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly extraHosts: readonly string[];
}

/** A container's place in one network. */
export interface EndpointDocument {
  /** Random, 64 hex digits. */
  readonly endpointId: string;
  readonly networkId: string;
  readonly networkName: string;
  /** As the client asked. */
  readonly wanted: EndpointSettings;
  readonly aliases: readonly string[];
  /** Only endpoints of networks with addresses have a link. */
  readonly link?: EndpointLink;
}

/** What carries a link: a pair with one end on a bridge of this host, or a child of one of its devices. */
export type LinkDevice =
  | {
      readonly kind: "veth";
      readonly bridge: string;
      /** Name on the host. */
      readonly veth: string;
      /** Whether it may talk with its neighbours on the bridge. */
      readonly isolated: boolean;
    }
  | { readonly kind: "macvlan"; readonly parent: string; readonly mode: MacvlanMode };

export interface EndpointLink {
  readonly device: LinkDevice;
  /** Name in the container: `eth0`. */
  readonly name: string;
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  /** Undefined in internal networks. */
  readonly gateway?: string;
  readonly ipv6?: { readonly address: string; readonly prefixLength: number; readonly gateway?: string };
  /** CIDRs. */
  readonly linkLocal: readonly string[];
  /** Path below /proc/sys → value, in the container's namespace. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** The resolver's address; undefined on the default bridge, where containers have no names. */
  readonly resolver?: string;
  readonly mtu?: number;
  /** Greater wins the default route. */
  readonly priority: number;
}

/**
 * The endpoint that holds the default route and the published ports: greatest priority, then the first attached; undefined
 * without a way out.
 */
export function gatewayEndpoint(
  endpoints: readonly EndpointDocument[],
): (EndpointDocument & { readonly link: EndpointLink }) | undefined {
  const candidates = endpoints.filter(hasLink).filter(({ link }) => link.gateway !== undefined);
  return candidates.reduce<(typeof candidates)[number] | undefined>(
    (best, next) => (best === undefined || next.link.priority > best.link.priority ? next : best),
    undefined,
  );
}

/** The endpoint that published ports lead to: the one of the default route, when its device is on this host's bridge. */
export function publishingEndpoint(
  endpoints: readonly EndpointDocument[],
): (EndpointDocument & { readonly link: EndpointLink }) | undefined {
  const endpoint = gatewayEndpoint(endpoints);
  return endpoint?.link.device.kind === "veth" ? endpoint : undefined;
}

/** Names of the devices that a sandbox has on the host. */
export function vethsOf(endpoints: readonly EndpointDocument[]): readonly string[] {
  return endpoints.flatMap(({ link }) => (link?.device.kind === "veth" ? [link.device.veth] : []));
}

export function hasLink(
  endpoint: EndpointDocument,
): endpoint is EndpointDocument & { readonly link: EndpointLink } {
  return endpoint.link !== undefined;
}

/** The names the resolver answers for an endpoint, in lower case. */
export function dnsNames(
  container: Pick<SandboxDocument, "containerId" | "name" | "hostname">,
  aliases: readonly string[],
): readonly string[] {
  const shortId = container.containerId.slice(0, 12);
  return [
    ...new Set([container.name, ...aliases, shortId, container.hostname].filter((name) => name !== "")),
  ];
}

/** As `inspect` shows an endpoint that stands. */
export function printEndpoint(sandbox: SandboxDocument, endpoint: EndpointDocument): EndpointSettings {
  const link = endpoint.link;
  return {
    ...endpointBefore(sandbox, endpoint.networkId, endpoint.wanted, link?.resolver !== undefined),
    EndpointID: endpoint.endpointId,
    MacAddress: link?.mac ?? "",
    Gateway: link?.gateway ?? "",
    IPAddress: link?.address ?? "",
    IPPrefixLen: link?.prefixLength ?? 0,
    IPv6Gateway: link?.ipv6?.gateway ?? "",
    GlobalIPv6Address: link?.ipv6?.address ?? "",
    GlobalIPv6PrefixLen: link?.ipv6?.prefixLength ?? 0,
  };
}

/** As `inspect` shows an endpoint that is wanted but does not stand. */
export function endpointBefore(
  container: Pick<SandboxDocument, "containerId" | "name" | "hostname">,
  networkId: string,
  wanted: EndpointSettings,
  hasNames: boolean,
): EndpointSettings {
  return {
    IPAMConfig: wanted.IPAMConfig ?? null,
    Links: wanted.Links ?? null,
    Aliases: wanted.Aliases ?? null,
    MacAddress: wanted.MacAddress ?? "",
    DriverOpts: wanted.DriverOpts ?? null,
    GwPriority: wanted.GwPriority ?? 0,
    NetworkID: networkId,
    EndpointID: "",
    Gateway: "",
    IPAddress: "",
    IPPrefixLen: 0,
    IPv6Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    DNSNames: hasNames ? dnsNames(container, wanted.Aliases ?? []) : null,
  };
}

/** `NetworkSettings` of a running container. The old top-level fields speak of the default bridge only. */
export function printSettings(
  sandbox: SandboxDocument,
  netnsPath: string | undefined,
): ContainerNetworkSettings {
  const settings = emptySettings();
  const networks = sandbox.endpoints.map(
    (endpoint) => [endpoint.networkName, printEndpoint(sandbox, endpoint)] as const,
  );
  const onBridge = sandbox.endpoints.find((endpoint) => endpoint.networkName === "bridge");
  return {
    ...settings,
    SandboxID: sandbox.sandboxId,
    SandboxKey: netnsPath ?? "",
    Ports: printPorts(sandbox.ports, sandbox.kind === "own" ? sandbox.exposedPorts : []),
    EndpointID: onBridge?.endpointId ?? "",
    Gateway: onBridge?.link?.gateway ?? "",
    IPAddress: onBridge?.link?.address ?? "",
    IPPrefixLen: onBridge?.link?.prefixLength ?? 0,
    MacAddress: onBridge?.link?.mac ?? "",
    Networks: Object.fromEntries(networks),
  };
}

/** `NetworkSettings` of a container that does not run, without its networks. */
export function emptySettings(): ContainerNetworkSettings {
  return {
    Bridge: "",
    SandboxID: "",
    SandboxKey: "",
    Ports: {},
    EndpointID: "",
    Gateway: "",
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: "",
    IPPrefixLen: 0,
    IPv6Gateway: "",
    MacAddress: "",
    Networks: {},
  };
}

/** A row of a network's `Containers`. */
export function printNetworkContainer(
  sandbox: SandboxDocument,
  endpoint: EndpointDocument,
): NetworkContainer {
  const link = endpoint.link;
  return {
    Name: sandbox.name,
    EndpointID: endpoint.endpointId,
    MacAddress: link?.mac ?? "",
    IPv4Address: link === undefined ? "" : `${link.address}/${link.prefixLength}`,
    IPv6Address: link?.ipv6 === undefined ? "" : `${link.ipv6.address}/${link.ipv6.prefixLength}`,
  };
}
