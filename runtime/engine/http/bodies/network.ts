import type {
  EndpointIpamConfig,
  EndpointSettings,
  Ipam,
  IpamPool,
  NetworkCreateRequest,
} from "../../../api/types/network.ts";
import { boolean, type Decoder, integer, list, map, object, required, string } from "../decode.ts";

const strings = list(string);
const stringMap = map(string);

/** A container's wishes for one network; what only an answer holds is read and left to the engine to ignore. */
export const decodeEndpoint: Decoder<EndpointSettings> = object<EndpointSettings>({
  IPAMConfig: object<EndpointIpamConfig>({ IPv4Address: string, IPv6Address: string, LinkLocalIPs: strings }),
  Links: strings,
  MacAddress: string,
  Aliases: strings,
  DriverOpts: stringMap,
  GwPriority: integer,
  NetworkID: string,
  EndpointID: string,
  Gateway: string,
  IPAddress: string,
  IPPrefixLen: integer,
  IPv6Gateway: string,
  GlobalIPv6Address: string,
  GlobalIPv6PrefixLen: integer,
  DNSNames: strings,
});

const ipam = object<Ipam>({
  Driver: string,
  Config: list(
    object<IpamPool>({ Subnet: string, IPRange: string, Gateway: string, AuxiliaryAddresses: stringMap }),
  ),
  Options: stringMap,
});

/** Body of `POST /networks/create`. */
export const decodeNetworkCreate: Decoder<NetworkCreateRequest> = required(
  object<NetworkCreateRequest>({
    Name: string,
    CheckDuplicate: boolean,
    Driver: string,
    Scope: string,
    Internal: boolean,
    Attachable: boolean,
    Ingress: boolean,
    ConfigOnly: boolean,
    ConfigFrom: object<{ Network?: string }>({ Network: string }),
    IPAM: ipam,
    EnableIPv4: boolean,
    EnableIPv6: boolean,
    Options: stringMap,
    Labels: stringMap,
  }),
  "Name",
);

/** Body of `POST /networks/{id}/connect`. */
export const decodeConnect = required(
  object<{ Container: string; EndpointConfig?: EndpointSettings }>({
    Container: string,
    EndpointConfig: decodeEndpoint,
  }),
  "Container",
);

/** Body of `POST /networks/{id}/disconnect`. */
export const decodeDisconnect = required(
  object<{ Container: string; Force?: boolean }>({ Container: string, Force: boolean }),
  "Container",
);
