import { readFile } from "node:fs/promises";
import type { HostNameservers } from "./dns/host-nameservers.ts";
import {
  containerResolvConf,
  ownHostsEntry,
  parseExtraHost,
  printHosts,
  printResolvConf,
} from "./name-files.ts";
import { hasLink, type SandboxDocument } from "./sandbox-document.ts";

export interface NameFiles {
  readonly resolvConf: string;
  readonly hosts: string;
}

/** The name files of a sandbox as it is now. `defaultGateway` is this host's address on the default bridge. */
export async function nameFiles(
  sandbox: SandboxDocument,
  host: HostNameservers,
  defaultGateway: string,
): Promise<NameFiles> {
  const extra = sandbox.extraHosts.flatMap((text) => parseExtraHost(text, defaultGateway) ?? []);
  if (sandbox.kind === "host") {
    const own = await readFile("/etc/hosts", "utf8").catch(() => printHosts([]));
    const added = extra.map(({ address, names }) => `${address}\t${names.join(" ")}\n`).join("");
    const conf = { ...host.current };
    const wanted = { resolvers: sandbox.dns, fallback: undefined, dns: [], ...dnsOptionsOf(sandbox) };
    const isPlain = [sandbox.dns, sandbox.dnsSearch, sandbox.dnsOptions].every((list) => list.length === 0);
    const resolvConf = isPlain ? conf : containerResolvConf(conf, wanted);
    return {
      resolvConf: printResolvConf(resolvConf),
      hosts: `${own.endsWith("\n") ? own : `${own}\n`}${added}`,
    };
  }
  const links = sandbox.endpoints.filter(hasLink).map(({ link }) => link);
  const resolvConf = containerResolvConf(host.forContainers, {
    resolvers: links.flatMap((link) => link.resolver ?? []),
    fallback: links.length === 0 ? undefined : defaultGateway,
    dns: sandbox.dns,
    ...dnsOptionsOf(sandbox),
  });
  const addresses = links.flatMap((link) => [
    link.address,
    ...(link.ipv6 === undefined ? [] : [link.ipv6.address]),
  ]);
  const own = addresses.map((address) => ownHostsEntry(address, sandbox.hostname, sandbox.domainname));
  return { resolvConf: printResolvConf(resolvConf), hosts: printHosts([...extra, ...own]) };
}

function dnsOptionsOf(sandbox: SandboxDocument) {
  return { dnsSearch: sandbox.dnsSearch, dnsOptions: sandbox.dnsOptions };
}
