import type { EndpointSettings } from "../api/types/network.ts";
import { UsageError } from "./command-line.ts";
import { cut } from "./request-values.ts";
import type { ContainerFlags } from "./run-flags.ts";

interface Attachment {
  readonly network: string;
  readonly endpoint: EndpointSettings;
}

/**
 * The networks of `--network`, with what belongs to the first one of the flags beside it. A network may be written as
 * `name=NET,alias=A,ip=I`. Source: docs.docker.com/reference/cli/docker/container/run. Throws `UsageError`.
 */
export function networkAttachments(flags: ContainerFlags): {
  readonly mode: string;
  readonly endpoints: Readonly<Record<string, EndpointSettings>>;
} {
  const [first = { network: "default", endpoint: {} }, ...others] = flags.network.map(parseNetwork);
  const own = endpointOfFlags(flags);
  const isAsked = own !== undefined || Object.keys(first.endpoint).length > 0 || others.length > 0;
  if (!isAsked) return { mode: first.network, endpoints: {} };
  const all = [{ ...first, endpoint: { ...first.endpoint, ...own } }, ...others];
  return {
    mode: first.network,
    endpoints: Object.fromEntries(all.map(({ network, endpoint }) => [network, endpoint])),
  };
}

function endpointOfFlags(flags: ContainerFlags): EndpointSettings | undefined {
  const { ip, ip6 } = flags;
  const aliases = flags["network-alias"];
  const linkLocal = flags["link-local-ip"];
  const mac = flags["mac-address"];
  const hasAddress = ip !== undefined || ip6 !== undefined || linkLocal.length > 0;
  const isUserDefined = !["default", "bridge", "host", "none"].includes(flags.network[0] ?? "default");
  const links = isUserDefined && flags.link.length > 0 ? flags.link : undefined;
  if (aliases.length === 0 && !hasAddress && mac === undefined && links === undefined) return undefined;
  return {
    ...(aliases.length > 0 ? { Aliases: aliases } : {}),
    ...(hasAddress ? { IPAMConfig: { IPv4Address: ip, IPv6Address: ip6, LinkLocalIPs: linkLocal } } : {}),
    ...(mac === undefined ? {} : { MacAddress: mac }),
    ...(links === undefined ? {} : { Links: links }),
  };
}

function parseNetwork(text: string): Attachment {
  if (!text.includes("=")) return { network: text, endpoint: {} };
  let network: string | undefined;
  const aliases: string[] = [];
  const driverOptions: Record<string, string> = {};
  const linkLocal: string[] = [];
  const address: { IPv4Address?: string; IPv6Address?: string } = {};
  let mac: string | undefined;
  let priority: number | undefined;
  for (const field of text.split(",")) {
    const [key, value] = cut(field, "=");
    if (key === "name") network = value;
    else if (key === "alias") aliases.push(value);
    else if (key === "ip") address.IPv4Address = value;
    else if (key === "ip6") address.IPv6Address = value;
    else if (key === "mac-address") mac = value;
    else if (key === "link-local-ip") linkLocal.push(value);
    else if (key === "driver-opt") {
      const [name, option] = cut(value, "=");
      driverOptions[name] = option;
    } else if (key === "gw-priority" && /^-?\d{1,9}$/.test(value)) priority = Number(value);
    else throw new UsageError(`invalid argument "${text}" for --network: cannot use "${field}"`);
  }
  if (network === undefined || network === "") {
    throw new UsageError(`invalid argument "${text}" for --network: name= is required`);
  }
  return {
    network,
    endpoint: {
      ...(aliases.length > 0 ? { Aliases: aliases } : {}),
      IPAMConfig: { ...address, ...(linkLocal.length > 0 ? { LinkLocalIPs: linkLocal } : {}) },
      ...(mac === undefined ? {} : { MacAddress: mac }),
      ...(priority === undefined ? {} : { GwPriority: priority }),
      ...(Object.keys(driverOptions).length > 0 ? { DriverOpts: driverOptions } : {}),
    },
  };
}
