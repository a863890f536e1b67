import assert from "node:assert/strict";
import { test } from "node:test";
import { ipBatch, ipBatchForced, parseAddresses, parseLinks, parseRoutes } from "./ip.ts";

test("what ip is given", () => {
  assert.deepEqual(ipBatch(["link set lo up", "link set eth0 up"], "box").argv, [
    "ip",
    "-n",
    "box",
    "-batch",
    "-",
  ]);
  assert.equal(ipBatch(["link set lo up"]).stdin, "link set lo up\n");
  assert.deepEqual(ipBatchForced(["netns delete box"]).argv, ["ip", "-force", "-batch", "-"]);
});

// Recorded from iproute2 6.1, shortened.
test("what ip says", () => {
  const links = `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"]},
    {"ifindex":2,"ifname":"berth0","flags":["MULTICAST"],"linkinfo":{"info_kind":"bridge"},"ifalias":"berth:0badcafe"},
    {"ifindex":3,"ifname":"bv0badc1234","flags":["UP"],"master":"berth0","linkinfo":{"info_kind":"veth"}}]`;
  assert.deepEqual(parseLinks(links), [
    { name: "lo", master: undefined, alias: undefined, kind: undefined, isUp: true },
    { name: "berth0", master: undefined, alias: "berth:0badcafe", kind: "bridge", isUp: false },
    { name: "bv0badc1234", master: "berth0", alias: undefined, kind: "veth", isUp: true },
  ]);
  const addresses = `[{"ifname":"eth0","addr_info":[{"family":"inet","local":"192.0.2.2","prefixlen":24}]},{}]`;
  assert.deepEqual(parseAddresses(addresses), [{ link: "eth0", address: "192.0.2.2", prefixLength: 24 }]);
  const routes = `[{"dst":"default","gateway":"192.0.2.1"},{"dst":"192.0.2.0/24"},{"dst":"10.9.9.9"}]`;
  assert.deepEqual(parseRoutes(routes), ["192.0.2.0/24", "10.9.9.9/32"]);
  assert.deepEqual([parseLinks(""), parseAddresses("[]"), parseRoutes("{}")], [[], [], []]);
});
