import { hostname as machineName } from "node:os";
import type { ContainerDocument } from "./document.ts";
import type { SandboxRequest } from "./ports.ts";

/** What a container asks of the network room. */
export function sandboxRequest(
  document: Pick<ContainerDocument, "id" | "name" | "config" | "hostConfig" | "endpoints">,
): SandboxRequest {
  const { id, name, config, hostConfig: host } = document;
  return {
    containerId: id,
    name,
    hostname: containerHostname(document),
    domainname: config.Domainname ?? "",
    networkMode: config.NetworkDisabled === true ? "none" : host.NetworkMode || "default",
    endpoints: document.endpoints,
    portBindings: host.PortBindings ?? {},
    exposedPorts: Object.keys(config.ExposedPorts ?? {}),
    publishAllPorts: host.PublishAllPorts === true,
    dns: host.Dns ?? [],
    dnsSearch: host.DnsSearch ?? [],
    dnsOptions: host.DnsOptions ?? [],
    extraHosts: host.ExtraHosts ?? [],
  };
}

/** As asked for; the machine's with the host's network or UTS namespace; else the short id. */
export function containerHostname(document: Pick<ContainerDocument, "id" | "config" | "hostConfig">): string {
  const { config, hostConfig } = document;
  if (config.Hostname) return config.Hostname;
  if (hostConfig.NetworkMode === "host" || hostConfig.UTSMode === "host") return machineName();
  return document.id.slice(0, 12);
}
