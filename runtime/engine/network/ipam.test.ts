import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Address,
  macOf,
  parseAddress,
  parseSubnet,
  printAddress,
  printSubnet,
  type Subnet,
} from "./address.ts";
import { claimAddress, type Pool, pickAddress, pickSubnet } from "./ipam.ts";

const subnet = (text: string): Subnet => parseSubnet(text) ?? assert.fail(`no subnet: ${text}`);
const address = (text: string): Address => parseAddress(text) ?? assert.fail(`no address: ${text}`);

function pool(text: string, change: Partial<Pool> = {}): Pool {
  const whole = subnet(text);
  return { subnet: whole, range: whole, gateway: whole.base + 1, reserved: [], ...change };
}

test("subnets are taken in order, around what the host and other networks have", () => {
  const cases: readonly (readonly [taken: readonly string[], picked: string])[] = [
    [[], "172.17.0.0/24"],
    [["172.17.0.0/24", "172.17.1.0/24"], "172.17.2.0/24"],
    [["172.17.0.0/16"], "172.18.0.0/24"],
    [["172.16.0.0/12"], "10.0.0.0/24"],
    [["172.16.0.0/12", "10.0.0.0/9"], "10.128.0.0/24"],
    [["172.17.0.77/32"], "172.17.1.0/24"],
  ];
  for (const [taken, picked] of cases) assert.equal(printSubnet(pickSubnet(taken.map(subnet))), picked);
  assert.throws(() => pickSubnet([subnet("172.16.0.0/12"), subnet("10.0.0.0/8")]), /address pool/);
});

test("another engine begins its search elsewhere and wraps around", () => {
  assert.equal(printSubnet(pickSubnet([], 15 * 256)), "10.0.0.0/24");
  assert.equal(printSubnet(pickSubnet([subnet("10.255.255.0/24")], 15 * 256 + 65535)), "172.17.0.0/24");
});

test("an address that was given back rests until the others had their turn", () => {
  const four = pool("10.0.0.0/29");
  let last: Address | undefined;
  const given = Array.from({ length: 7 }, () => {
    last = pickAddress(four, new Set(), last);
    return printAddress(last);
  });
  assert.deepEqual(
    given,
    [2, 3, 4, 5, 6, 2, 3].map((end) => `10.0.0.${end}`),
  );
});

test("gateway, reserved and used addresses, network and broadcast are never given away", () => {
  const small = pool("10.0.0.0/29", { reserved: [address("10.0.0.3")] });
  assert.equal(printAddress(pickAddress(small, new Set([address("10.0.0.2")]), undefined)), "10.0.0.4");
  const full = new Set(["2", "4", "5", "6"].map((end) => address(`10.0.0.${end}`)));
  assert.throws(() => pickAddress(small, full, undefined), /no available IPv4 addresses/);
  const ranged = pool("10.0.0.0/16", { range: subnet("10.0.9.0/24") });
  assert.equal(printAddress(pickAddress(ranged, new Set(), undefined)), "10.0.9.0");
});

test("a wanted address must be in the subnet and free", () => {
  const whole = pool("10.0.0.0/24");
  assert.equal(claimAddress(whole, new Set(), address("10.0.0.77")), address("10.0.0.77"));
  assert.throws(() => claimAddress(whole, new Set(), address("10.0.1.1")), /no configured subnet/);
  assert.throws(() => claimAddress(whole, new Set(), address("10.0.0.255")), /no configured subnet/);
  assert.throws(() => claimAddress(whole, new Set(), address("10.0.0.1")), /Address already in use/);
});

test("addresses and subnets as text", () => {
  for (const bad of ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "a.b.c.d", "1.2.3.4 "]) {
    assert.equal(parseAddress(bad), undefined, bad);
  }
  for (const bad of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8"])
    assert.equal(parseSubnet(bad), undefined);
  assert.equal(printSubnet(subnet("255.1.2.3/20")), "255.1.0.0/20");
  assert.equal(macOf(address("172.17.0.255")), "02:42:ac:11:00:ff");
});
