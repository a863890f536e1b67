/** One published port as written in the long form. */
export interface PortFields {
  readonly hostIp?: string;
  /** A port or a range; undefined: any. */
  readonly published?: string;
  readonly target: number;
  readonly protocol: string;
}

/**
 * The short form `[[IP:]HOST:]CONTAINER[/PROTOCOL]`, ranges written out port by port; a text says what is wrong.
 * A host range for one container port stays a range: the engine chooses from it.
 * Source: Compose specification, "ports", short syntax.
 */
export function parsePortText(text: string): readonly PortFields[] | string {
  const [address, protocol = "tcp", ...rest] = text.split("/");
  if (address === undefined || rest.length > 0) return `"${text}" is not a port`;
  if (!/^(tcp|udp|sctp)$/i.test(protocol)) return `"${protocol}" is not a protocol: use tcp, udp or sctp`;
  const split = splitAddress(address);
  if (split === undefined) return `"${text}" is not [[IP:]HOST:]CONTAINER[/PROTOCOL]`;
  const target = parseRange(split.container);
  if (target === undefined) return `"${split.container}" is not a port or a range of ports from 1 to 65535`;
  const base = { hostIp: split.hostIp, protocol: protocol.toLowerCase() };
  const count = target.last - target.first + 1;
  const offsets = Array.from({ length: count }, (_, index) => index);
  if (split.host === undefined) return offsets.map((offset) => ({ ...base, target: target.first + offset }));
  const host = parseRange(split.host);
  if (host === undefined) return `"${split.host}" is not a port or a range of ports from 1 to 65535`;
  if (count === 1) return [{ ...base, target: target.first, published: split.host }];
  if (host.last - host.first + 1 !== count)
    return `the ranges ${split.host} and ${split.container} differ in length`;
  return offsets.map((offset) => ({
    ...base,
    target: target.first + offset,
    published: String(host.first + offset),
  }));
}

interface SplitAddress {
  readonly hostIp?: string;
  readonly host?: string;
  readonly container: string;
}

function splitAddress(text: string): SplitAddress | undefined {
  const found =
    /^(?:(?:(\[[0-9a-fA-F:.]+\]|[^:[\]]*|[0-9a-fA-F:]*:[0-9a-fA-F:]*):)?([\d-]*):)?([\d-]+)$/.exec(text);
  if (found === null) return undefined;
  const [, ip, host, container = ""] = found;
  return {
    hostIp: ip === undefined || ip === "" ? undefined : ip.replace(/^\[|\]$/g, ""),
    host: host === undefined || host === "" ? undefined : host,
    container,
  };
}

/** `80` or `80-90`, both ends included. */
export function parseRange(text: string): { readonly first: number; readonly last: number } | undefined {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (found === null) return undefined;
  const first = Number(found[1]);
  const last = Number(found[2] ?? found[1]);
  return first >= 1 && last <= 65535 && first <= last ? { first, last } : undefined;
}
