import type { NetworkDocument } from "./network-document.ts";
import type { PoolDocument } from "./pool-document.ts";
import type { EndpointLink, SandboxDocument } from "./sandbox-document.ts";

// Documents that an engine wrote before networks had several pools and other devices than pairs. An engine that starts on
// such a directory reads them as what they are now; each is written anew when it changes. May go after 0.1.

interface OldNetwork {
  readonly pool?: PoolDocument;
  readonly pools?: readonly PoolDocument[];
}

interface OldLink {
  readonly bridge?: string;
  readonly veth?: string;
  readonly isolated?: boolean;
}

export function upgradeNetwork(document: NetworkDocument & OldNetwork): NetworkDocument {
  const { pool, ...rest } = document;
  if (Array.isArray(document.pools)) return document;
  return { ...rest, pools: pool === undefined ? [] : [pool] };
}

export function upgradeSandbox(document: SandboxDocument): SandboxDocument {
  if (document.endpoints.every(({ link }) => link === undefined || link.device !== undefined))
    return document;
  const endpoints = document.endpoints.map(({ link, ...endpoint }) =>
    link === undefined ? endpoint : { ...endpoint, link: upgradeLink(link) },
  );
  return { ...document, endpoints };
}

function upgradeLink({
  bridge = "",
  veth = "",
  isolated = false,
  ...link
}: EndpointLink & OldLink): EndpointLink {
  if (link.device !== undefined) return link;
  return { ...link, device: { kind: "veth", bridge, veth, isolated }, linkLocal: [], sysctls: {} };
}
