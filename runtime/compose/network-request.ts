import type { NetworkCreateRequest } from "../api/types/network.ts";
import type { Project } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { resourceLabels } from "./labels.ts";

/** A network of the project as the Engine API spells it. */
export function networkRequest(project: Project, key: string): NetworkCreateRequest {
  const network = project.networks.get(key);
  if (network === undefined) throw new ComposeError(`no such network in the project: "${key}"`);
  return {
    Name: network.name,
    CheckDuplicate: true,
    Driver: network.driver ?? "bridge",
    Internal: network.internal,
    Attachable: network.attachable,
    EnableIPv4: network.enableIpv4,
    EnableIPv6: network.enableIpv6,
    Options: network.driverOpts,
    Labels: resourceLabels(project, "network", key, network.labels),
    IPAM:
      network.ipam === undefined
        ? undefined
        : {
            Driver: network.ipam.driver ?? "default",
            Options: network.ipam.options,
            Config: network.ipam.pools.map((pool) => ({
              Subnet: pool.subnet,
              IPRange: pool.ipRange,
              Gateway: pool.gateway,
              AuxiliaryAddresses: pool.auxAddresses,
            })),
          },
  };
}
