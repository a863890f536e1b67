import type { ContainerCreateRequest, HealthConfig } from "../api/types/container.ts";
import type { EndpointSettings } from "../api/types/network.ts";
import type { Healthcheck, NetworkAttachment, Project, Service } from "../model/compose/types.ts";
import { hostConfig } from "./host-config.ts";
import { containerLabels } from "./labels.ts";
import { containerName, imageName } from "./names.ts";
import type { InheritedVolume, RequestOptions } from "./request-options.ts";

/** One network a container is in; the first one is given at create, the others connected before start. */
export interface Attachment {
  readonly network: string;
  readonly endpoint: EndpointSettings;
}

/** What to ask the engine for. */
export interface ContainerRequest {
  readonly request: ContainerCreateRequest;
  readonly laterAttachments: readonly Attachment[];
}

/** A service's container as the Engine API spells it. Several networks work on any API version: only one is in the request. */
export function containerRequest(
  project: Project,
  service: Service,
  options: RequestOptions,
): ContainerRequest {
  const [first, ...laterAttachments] = attachments(project, service, options);
  const request: ContainerCreateRequest = {
    Image: imageName(project, service),
    Cmd: service.command,
    // An empty entrypoint is spelt [""]: null and [] both mean the image's own.
    Entrypoint: service.entrypoint?.length === 0 ? [""] : service.entrypoint,
    Env: Object.entries(service.environment).map(([name, value]) => `${name}=${value}`),
    User: service.user,
    WorkingDir: service.workingDir,
    Hostname: service.hostname,
    Domainname: service.domainname,
    MacAddress: service.macAddress,
    Tty: service.tty,
    OpenStdin: service.stdinOpen,
    StdinOnce: false,
    Labels: containerLabels(project, service, options.identity),
    StopSignal: service.stopSignal,
    StopTimeout: stopTimeoutSeconds(service),
    Healthcheck: service.healthcheck === undefined ? undefined : healthConfig(service.healthcheck),
    ExposedPorts: exposedPorts(service),
    Volumes: anonymousVolumes(service, options.inheritedVolumes),
    HostConfig: hostConfig(project, service, first?.network, options),
    NetworkingConfig:
      first === undefined ? undefined : { EndpointsConfig: { [first.network]: first.endpoint } },
  };
  return { request, laterAttachments };
}

/** Seconds the engine waits before it kills; undefined: its own default. */
export function stopTimeoutSeconds(service: Service): number | undefined {
  return service.stopGracePeriodMs === undefined ? undefined : Math.ceil(service.stopGracePeriodMs / 1000);
}

function healthConfig(healthcheck: Healthcheck): HealthConfig {
  const nanoseconds = (ms: number | undefined): number | undefined =>
    ms === undefined ? undefined : Math.round(ms * 1e6);
  return {
    Test: healthcheck.test,
    Interval: nanoseconds(healthcheck.intervalMs),
    Timeout: nanoseconds(healthcheck.timeoutMs),
    StartPeriod: nanoseconds(healthcheck.startPeriodMs),
    StartInterval: nanoseconds(healthcheck.startIntervalMs),
    Retries: healthcheck.retries,
  };
}

function exposedPorts(service: Service): Readonly<Record<string, object>> {
  const ports = [...service.expose, ...service.ports.map((port) => `${port.target}/${port.protocol}`)];
  return Object.fromEntries(ports.map((port) => [port, {}]));
}

function anonymousVolumes(
  service: Service,
  inheritedVolumes: readonly InheritedVolume[],
): Readonly<Record<string, object>> {
  const targets = service.volumes
    .filter((mount) => mount.type === "volume" && mount.source === undefined)
    .map((mount) => mount.target)
    .filter((target) => !inheritedVolumes.some((volume) => volume.target === target));
  return Object.fromEntries(targets.map((target) => [target, {}]));
}

function attachments(project: Project, service: Service, options: RequestOptions): readonly Attachment[] {
  const sorted = [...service.networks].toSorted(([, left], [, right]) => right.priority - left.priority);
  return sorted.map(([key, attachment]) => ({
    network: project.networks.get(key)?.name ?? key,
    endpoint: endpoint(project, service, attachment, options),
  }));
}

function endpoint(
  project: Project,
  service: Service,
  attachment: NetworkAttachment,
  options: RequestOptions,
): EndpointSettings {
  const { ipv4Address, ipv6Address, linkLocalIps } = attachment;
  const hasAddress = ipv4Address !== undefined || ipv6Address !== undefined || linkLocalIps.length > 0;
  // A one-off container must not answer to the service's name.
  const names = options.identity.oneOff
    ? []
    : [containerName(project, service, options.identity.number), service.name];
  return {
    Aliases: [...new Set([...names, ...attachment.aliases])],
    Links: service.links.map((link) => linkTo(project, link)),
    IPAMConfig: hasAddress
      ? { IPv4Address: ipv4Address, IPv6Address: ipv6Address, LinkLocalIPs: linkLocalIps }
      : undefined,
    MacAddress: attachment.macAddress,
    DriverOpts: Object.keys(attachment.driverOpts).length === 0 ? undefined : attachment.driverOpts,
    GwPriority: attachment.gatewayPriority,
  };
}

function linkTo(project: Project, link: string): string {
  const [name = "", alias = name] = link.split(":");
  const service = project.services.get(name);
  return `${service === undefined ? name : containerName(project, service, 1)}:${alias}`;
}
