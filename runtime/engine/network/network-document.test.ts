import assert from "node:assert/strict";
import { test } from "node:test";
import type { IpamPool, NetworkCreateRequest } from "../../api/types/network.ts";
import { EngineError } from "../error.ts";
import { checkRequest, type NetworkDocument } from "./network-document.ts";
import { matchesNetwork } from "./network-filters.ts";
import { parsePoolRequests } from "./pool-document.ts";

function refusal(request: Partial<NetworkCreateRequest>): string {
  try {
    checkRequest({ Name: "shop", ...request });
    return "accepted";
  } catch (error) {
    return error instanceof EngineError ? `${error.kind}: ${error.message}` : assert.fail(String(error));
  }
}

test("what no network here can be is refused by name", () => {
  const cases: readonly (readonly [Partial<NetworkCreateRequest>, RegExp])[] = [
    [{}, /^accepted$/],
    [{ Driver: "bridge", Options: { "com.docker.network.driver.mtu": "1400", mine: "x" } }, /^accepted$/],
    [{ Name: "" }, /^invalid-argument: invalid network name ""/],
    [{ Name: "a b" }, /^invalid-argument/],
    [{ Driver: "overlay" }, /^forbidden: overlay networks need a Swarm manager/],
    [{ Driver: "macvlan", Options: { parent: "eth0", macvlan_mode: "vepa" } }, /^accepted$/],
    [
      { Driver: "macvlan", Options: { macvlan_mode: "any" } },
      /^invalid-argument: invalid macvlan_mode "any"/,
    ],
    [{ Driver: "macvlan", Options: { parent: "eth0; reboot" } }, /^invalid-argument: invalid parent/],
    [{ Driver: "ipvlan" }, /^not-implemented: networks of the driver ipvlan/],
    [{ Driver: "weave" }, /^not-found: could not find plugin weave/],
    [{ Driver: "host" }, /^forbidden: only one instance of "host" network is allowed/],
    [{ EnableIPv6: true }, /^accepted$/],
    [{ EnableIPv4: false }, /^not-implemented: networks without IPv4/],
    [{ IPAM: { Driver: "dhcp" } }, /^invalid-argument: error looking up IPAM driver "dhcp"/],
    [
      { Options: { "com.docker.network.bridge.gateway_mode_ipv4": "routed" } },
      /^not-implemented: .*gateway_mode_ipv4/,
    ],
    [
      { Options: { "com.docker.network.bridge.name": "a; reboot" } },
      /^invalid-argument: invalid bridge name/,
    ],
    [{ Options: { "com.docker.network.driver.mtu": "9 up" } }, /^invalid-argument: invalid MTU/],
  ];
  for (const [request, expected] of cases) assert.match(refusal(request), expected);
});

test("pools", () => {
  const pool = (config: IpamPool) => JSON.stringify(parsePoolRequests([config])[0]);
  assert.equal(pool({}), undefined);
  assert.equal(pool({ Subnet: "10.5.0.7/16" }), '{"subnet":"10.5.0.0/16","gateway":"10.5.0.1"}');
  assert.equal(
    pool({
      Subnet: "10.5.0.0/16",
      IPRange: "10.5.9.0/24",
      Gateway: "10.5.0.254",
      AuxiliaryAddresses: { nas: "10.5.0.9" },
    }),
    '{"subnet":"10.5.0.0/16","gateway":"10.5.0.254","range":"10.5.9.0/24","reserved":{"nas":"10.5.0.9"}}',
  );
  for (const bad of [
    { Gateway: "10.0.0.1" },
    { Subnet: "10.5.0.0" },
    { Subnet: "10.5.0.0/31" },
    { Subnet: "fd00::/127" },
    { Subnet: "fd00::/64", Gateway: "10.5.0.1" },
    { Subnet: "10.5.0.0/16", AuxiliaryAddresses: { nas: "10.5.255.255" } },
    { Subnet: "10.5.0.0/16", Gateway: "10.6.0.1" },
    { Subnet: "10.5.0.0/16", IPRange: "10.0.0.0/8" },
  ]) {
    assert.throws(() => pool(bad), EngineError);
  }
  assert.equal(
    pool({ Subnet: "FD00:0:0:1:2::/64", AuxiliaryAddresses: { nas: "fd00:0:0:1::0:9" } }),
    '{"subnet":"fd00:0:0:1::/64","gateway":"fd00:0:0:1::1","reserved":{"nas":"fd00:0:0:1::9"}}',
  );
  assert.throws(
    () => parsePoolRequests([{ Subnet: "10.5.0.0/16" }, { Subnet: "10.5.9.0/24" }]),
    /subnets 10\.5\.0\.0\/16 and 10\.5\.9\.0\/24 of one network overlap/,
  );
});

test("filters: values of a key are alternatives, keys and labels add up", () => {
  const shop: NetworkDocument = {
    id: "abcdef",
    name: "shop_default",
    created: "2026-01-02T03:04:05.000Z",
    driver: "bridge",
    predefined: false,
    internal: false,
    attachable: false,
    labels: { project: "shop", tier: "" },
    options: {},
    pools: [],
  };
  const matches = (filters: Record<string, string[]>, inUse = false) => matchesNetwork(shop, inUse, filters);
  assert.ok(matches({}));
  assert.ok(
    matches({ name: ["x", "shop"], id: ["abc"], driver: ["bridge"], type: ["custom"], scope: ["local"] }),
  );
  assert.ok(!matches({ name: ["shop"], driver: ["host"] }));
  assert.ok(matches({ label: ["project=shop", "tier"] }));
  assert.ok(!matches({ label: ["project=shop", "project=other"] }));
  assert.ok(!matches({ label: ["__proto__"] }));
  assert.ok(matches({ dangling: ["true"] }) && !matches({ dangling: ["true"] }, true));
  assert.ok(matches({ until: ["24h"] }) && !matches({ until: ["2025-01-01T00:00:00Z"] }));
  assert.throws(() => matches({ colour: ["red"] }), /invalid filter 'colour'/);
});
