import { test } from "node:test";
import { printRuleset } from "./ruleset.ts";

test("prints", () => {
  console.log(
    printRuleset({
      table: "berth_0badcafe",
      networks: [
        {
          bridge: "berth0",
          subnet: "172.17.0.0/24",
          gateway: "172.17.0.1",
          internal: false,
          masquerade: true,
          resolverPort: 53,
        },
        {
          bridge: "br-aaaabbbbcccc",
          subnet: "10.9.0.0/24",
          gateway: "10.9.0.1",
          internal: true,
          masquerade: true,
          resolverPort: 5353,
        },
      ],
      published: [
        { protocol: "tcp", containerPort: 80, hostIp: "0.0.0.0", hostPort: 8080, address: "172.17.0.2" },
        { protocol: "udp", containerPort: 53, hostIp: "127.0.0.1", hostPort: 5300, address: "172.17.0.2" },
      ],
    }),
  );
});
