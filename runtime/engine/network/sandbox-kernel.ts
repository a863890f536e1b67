import { ipBatch, ipBatchForced } from "../host/ip.ts";
import { inNetns } from "../host/netns.ts";
import { run } from "../host/run.ts";
import { setSysctl } from "../host/sysctl.ts";
import { leadToResolver } from "./local-resolver.ts";
import {
  addressLines,
  hostLines,
  linkLines,
  namespaceLines,
  removalLines,
  routeLines,
} from "./sandbox-commands.ts";
import {
  type EndpointDocument,
  type EndpointLink,
  hasLink,
  type SandboxDocument,
} from "./sandbox-document.ts";

const undoLimitMs = 20_000;

/** Makes namespace and links: one process on the host, one inside. The caller undoes with `demolish` when it fails. */
export async function build(sandbox: SandboxDocument, signal: AbortSignal): Promise<void> {
  const { netns, endpoints } = sandbox;
  if (netns === undefined) return;
  const links = endpoints.filter(hasLink).map(({ link }) => link);
  await run(ipBatch(hostLines(netns, links)), signal);
  await run(ipBatch(namespaceLines(endpoints), netns), signal);
  for (const link of links) await setSysctls(netns, link, signal);
}

async function setSysctls(netns: string, link: EndpointLink, signal: AbortSignal): Promise<void> {
  for (const [path, value] of Object.entries(link.sysctls)) {
    await run(inNetns(netns, setSysctl(path, value)), signal);
  }
}

/** Takes namespace and links away, whatever is there of them. Undoing does not wait for anybody's signal. */
export async function demolish(sandbox: SandboxDocument): Promise<void> {
  await forced(removalLines(sandbox.netns, sandbox.endpoints));
}

/** Adds one link to a namespace that stands; `endpoints` are all it has then. Nothing is left of it when that fails. */
export async function attach(
  netns: string,
  link: EndpointLink,
  endpoints: readonly EndpointDocument[],
  signal: AbortSignal,
): Promise<void> {
  try {
    await run(ipBatch(linkLines(netns, link)), signal);
    await run(ipBatch([...addressLines(link), ...routeLines(endpoints)], netns), signal);
    await setSysctls(netns, link, signal);
    await leadToResolver(netns, endpoints, signal);
  } catch (error) {
    await deleteLink(netns, link);
    throw error;
  }
}

/** Takes one link away; `endpoints` are those that remain and get the default route. */
export async function detach(
  netns: string,
  link: EndpointLink,
  endpoints: readonly EndpointDocument[],
): Promise<void> {
  await deleteLink(netns, link);
  const routes = routeLines(endpoints);
  if (routes.length > 0) await run(ipBatch(routes, netns), AbortSignal.timeout(undoLimitMs));
  await leadToResolver(netns, endpoints, AbortSignal.timeout(undoLimitMs));
}

/** One end of a pair takes the other with it, and leaves its bridge at once when it goes on the host. */
async function deleteLink(netns: string, { device, name }: EndpointLink): Promise<void> {
  if (device.kind === "veth") await forced([`link delete ${device.veth}`]);
  else await forced([`link delete ${name}`], netns);
}

/** What is gone already cannot be deleted, and that is no failure. What stays in spite of it is an orphan of the next start. */
async function forced(lines: readonly string[], netns?: string): Promise<void> {
  if (lines.length === 0) return;
  await run(ipBatchForced(lines, netns), AbortSignal.timeout(undoLimitMs)).catch(() => {});
}
