import { isIPv6 } from "node:net";
import type { PortBinding, PortMap } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { parseAddress, printAddress } from "./address.ts";

export type Protocol = "tcp" | "udp" | "sctp";

/** One port to publish, as it was asked for. */
export interface PortRequest {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** IPv4 or IPv6; "" for the network's default. */
  readonly hostIp: string;
  /** Both ends inclusive; undefined when the engine may choose. */
  readonly hostPorts: { readonly first: number; readonly last: number } | undefined;
}

/** A port mapping that stands. */
export interface PublishedPort {
  readonly protocol: Protocol;
  readonly containerPort: number;
  readonly hostIp: string;
  readonly hostPort: number;
}

/** `80/tcp`, `80` (tcp). Throws `invalid-argument`. */
export function parseContainerPort(text: string): { readonly port: number; readonly protocol: Protocol } {
  const match = /^([0-9]{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text);
  const port = Number(match?.[1]);
  if (match === null || port < 1 || port > 65535) {
    throw new EngineError("invalid-argument", `invalid port specification: ${JSON.stringify(text)}`);
  }
  const protocol = match[2]?.toLowerCase();
  return { port, protocol: protocol === "udp" || protocol === "sctp" ? protocol : "tcp" };
}

/** What a container asks to publish: its bindings and, with `publishAll`, each exposed port that has none. */
export function parsePortRequests(
  bindings: PortMap,
  exposedPorts: readonly string[],
  options: { readonly publishAll: boolean },
): readonly PortRequest[] {
  const requests = Object.entries(bindings).flatMap(([key, values]) =>
    (values ?? []).map((binding) => parseBinding(key, binding)),
  );
  if (!options.publishAll) return requests;
  const missing = exposedPorts
    .map(parseContainerPort)
    .filter(
      ({ port, protocol }) =>
        !requests.some((request) => request.containerPort === port && request.protocol === protocol),
    );
  return [
    ...requests,
    ...missing.map(({ port, protocol }) => ({
      protocol,
      containerPort: port,
      hostIp: "",
      hostPorts: undefined,
    })),
  ];
}

function parseBinding(key: string, binding: PortBinding): PortRequest {
  const { port, protocol } = parseContainerPort(key);
  return {
    protocol,
    containerPort: port,
    hostIp: parseHostIp(binding.HostIp ?? ""),
    hostPorts: parseHostPorts(binding.HostPort ?? ""),
  };
}

function parseHostIp(text: string): string {
  if (text === "") return text;
  // The docker CLI writes IPv6 in brackets when it is told so.
  const address = parseAddress(text.replace(/^\[(.*)\]$/, "$1"));
  if (address === 1n) {
    throw new EngineError(
      "invalid-argument",
      "cannot publish on ::1: the kernel forwards nothing from IPv6's loopback address; 127.0.0.1 can be published on",
    );
  }
  if (address !== undefined) return printAddress(address);
  throw new EngineError("invalid-argument", `invalid IP address in port binding: ${JSON.stringify(text)}`);
}

/** `""`, `8080`, `8000-8010`; `0` means that the engine may choose. */
export function parseHostPorts(text: string): PortRequest["hostPorts"] {
  if (text === "" || text === "0") return undefined;
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first < 1 || last > 65535 || last < first) {
    throw new EngineError("invalid-argument", `invalid hostPort: ${JSON.stringify(text)}`);
  }
  return { first, last };
}

/** Whether two mappings cannot stand beside each other. */
export function collide(
  a: Pick<PublishedPort, "protocol" | "hostIp" | "hostPort">,
  b: Pick<PublishedPort, "protocol" | "hostIp" | "hostPort">,
): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  if (isIPv6(a.hostIp) !== isIPv6(b.hostIp)) return false;
  return a.hostIp === b.hostIp || isAny(a.hostIp) || isAny(b.hostIp);
}

function isAny(hostIp: string): boolean {
  return hostIp === "0.0.0.0" || hostIp === "::";
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function printHostPort({ hostIp, hostPort }: Pick<PublishedPort, "hostIp" | "hostPort">): string {
  return isIPv6(hostIp) ? `[${hostIp}]:${hostPort}` : `${hostIp}:${hostPort}`;
}

/** As `NetworkSettings.Ports` shows it: published ports with their bindings, exposed ones with null. */
export function printPorts(published: readonly PublishedPort[], exposedPorts: readonly string[]): PortMap {
  const ports: Record<string, PortBinding[] | null> = {};
  for (const exposed of exposedPorts) {
    const { port, protocol } = parseContainerPort(exposed);
    ports[`${port}/${protocol}`] = null;
  }
  for (const { protocol, containerPort, hostIp, hostPort } of published) {
    const key = `${containerPort}/${protocol}`;
    ports[key] = [...(ports[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return ports;
}
