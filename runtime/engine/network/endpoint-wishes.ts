import type { EndpointSettings } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import { type Address, contains, familyOf, parseAddress, parseSubnet, printAddress } from "./address.ts";
import type { NetworkDocument } from "./network-document.ts";

/** What a container asks of its place in a network, checked. */
export interface EndpointWishes {
  readonly ipv4: Address | undefined;
  readonly ipv6: Address | undefined;
  /** CIDRs beside the network's addresses. */
  readonly linkLocal: readonly string[];
  /** What the link is called in the container. */
  readonly linkName: string | undefined;
  /** Below /proc/sys, `IFNAME` standing for the link's name: path → value. */
  readonly sysctls: Readonly<Record<string, string>>;
}

const ifnameOption = "com.docker.network.endpoint.ifname";
const sysctlsOption = "com.docker.network.endpoint.sysctls";

/** Throws `invalid-argument` for what the network cannot fulfil, `not-implemented` for unknown driver options. */
export function parseEndpointWishes(network: NetworkDocument, wanted: EndpointSettings): EndpointWishes {
  const isUserDefined = network.pools.length > 0 && !network.predefined;
  const wishes = {
    ipv4: parseWantedAddress(wanted.IPAMConfig?.IPv4Address, 4),
    ipv6: parseWantedAddress(wanted.IPAMConfig?.IPv6Address, 6),
    linkLocal: (wanted.IPAMConfig?.LinkLocalIPs ?? []).map(parseLinkLocal),
    ...parseDriverOptions(wanted.DriverOpts ?? {}),
  };
  if ((wishes.ipv4 ?? wishes.ipv6) !== undefined && !isUserDefined) {
    throw invalid("user specified IP address is supported on user defined networks only");
  }
  if ((wanted.Aliases ?? []).length > 0 && !isUserDefined) {
    throw invalid("network-scoped aliases are only supported for user-defined networks");
  }
  if (wanted.MacAddress && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(wanted.MacAddress)) {
    throw invalid(`invalid MAC address ${JSON.stringify(wanted.MacAddress)}`);
  }
  return wishes;
}

function parseWantedAddress(text: string | undefined, family: 4 | 6): Address | undefined {
  if (!text) return undefined;
  const address = parseAddress(text);
  if (address === undefined || familyOf(address) !== family) {
    throw invalid(`invalid IPv${family} address ${JSON.stringify(text)}`);
  }
  return address;
}

/** With the prefix length of its kind. Source: RFC 3927 and RFC 4291, 2.5.6. */
function parseLinkLocal(text: string): string {
  const address = parseAddress(text);
  for (const range of ["169.254.0.0/16", "fe80::/64"]) {
    const subnet = parseSubnet(range);
    if (address !== undefined && subnet !== undefined && contains(subnet, address)) {
      return `${printAddress(address)}/${range.split("/")[1]}`;
    }
  }
  throw invalid(
    `invalid link-local address ${JSON.stringify(text)}: want one of 169.254.0.0/16 or fe80::/64`,
  );
}

function parseDriverOptions(
  options: Readonly<Record<string, string>>,
): Pick<EndpointWishes, "linkName" | "sysctls"> {
  for (const name of Object.keys(options)) {
    if (name !== ifnameOption && name !== sysctlsOption) {
      throw new EngineError("not-implemented", `the driver option ${name} of endpoints is not implemented`);
    }
  }
  const linkName = options[ifnameOption];
  if (linkName !== undefined && (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,14}$/.test(linkName) || linkName === "lo")) {
    throw invalid(`invalid interface name ${JSON.stringify(linkName)}: at most 15 characters, not lo`);
  }
  const settings = (options[sysctlsOption] ?? "").split(",").filter((setting) => setting !== "");
  return { linkName, sysctls: Object.fromEntries(settings.map(parseSysctl)) };
}

function parseSysctl(text: string): readonly [path: string, value: string] {
  const match = /^(net\.(?:ipv4|ipv6|mpls)\.[a-z]+\.IFNAME\.[a-z0-9_]+)=([^,=]+)$/.exec(text);
  const [, name, value] = match ?? [];
  if (name !== undefined && value !== undefined) return [name.replaceAll(".", "/"), value];
  throw invalid(`invalid sysctl ${JSON.stringify(text)}: want net.ipv4.conf.IFNAME.NAME=VALUE`);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid-argument", `invalid endpoint settings: ${message}`);
}
