import type { ContainerNetworkSettings } from "../../api/types/container.ts";
import type { EndpointSettings } from "../../api/types/network.ts";

/** What the network room needs to know of containers; the container room implements it. */
export interface ContainerDirectory {
  /** By name, id or id prefix; undefined when there is none. */
  readonly find: (nameOrId: string) => Promise<ContainerEntry | undefined>;
  /** Notes a network in the container's document, or takes it out of it: the wish that the next start fulfils. */
  readonly setEndpoint: (
    containerId: string,
    network: string,
    endpoint: EndpointSettings | undefined,
  ) => Promise<void>;
  /** The sandbox of a running container changed: its `/etc/resolv.conf`, `/etc/hosts` and inspect say this now. */
  readonly setNameFiles: (
    containerId: string,
    files: {
      readonly resolvConf: string;
      readonly hosts: string;
      readonly settings: ContainerNetworkSettings;
    },
  ) => Promise<void>;
}

export interface ContainerEntry {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly running: boolean;
  readonly networkMode: string;
  /** Networks of its document, by network name. */
  readonly networks: readonly string[];
}
