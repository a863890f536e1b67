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
import { claimAddress, type Pool, pickAddress, pickSubnet, pickUniqueLocalSubnet } from "./ipam.ts";

const subnet = (text: string): Subnet => parseSubnet(text) ?? assert.fail(`no subnet: ${text}`);
const address = (text: string): Address => parseAddress(text) ?? assert.fail(`no address: ${text}`);

function pool(text: string, change: Partial<Pool> = {}): Pool {
  const whole = subnet(text);
  return { subnet: whole, range: whole, gateway: whole.base + 1n, reserved: [], ...change };
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
    return last === undefined ? "none" : printAddress(last);
  });
  assert.deepEqual(
    given,
    [2, 3, 4, 5, 6, 2, 3].map((end) => `10.0.0.${end}`),
  );
});

test("gateway, reserved and used addresses, network and broadcast are never given away", () => {
  const small = pool("10.0.0.0/29", { reserved: [address("10.0.0.3")] });
  const next = (from: Pool, used: readonly string[]) => {
    const found = pickAddress(from, new Set(used.map(address)), undefined);
    return found === undefined ? "none" : printAddress(found);
  };
  assert.equal(next(small, ["10.0.0.2"]), "10.0.0.4");
  assert.equal(next(small, ["10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6"]), "none");
  const ranged = pool("10.0.0.0/16", { range: subnet("10.0.9.0/24") });
  assert.equal(next(ranged, []), "10.0.9.0");
  assert.equal(next(pool("fd00::/126"), []), "fd00::2");
  assert.equal(next(pool("fd00::/126"), ["fd00::2"]), "fd00::3");
});

test("a wanted address must be free", () => {
  const whole = pool("10.0.0.0/24");
  assert.equal(claimAddress(whole, new Set(), address("10.0.0.77")), address("10.0.0.77"));
  assert.throws(() => claimAddress(whole, new Set(), address("10.0.0.1")), /Address already in use/);
});

test("addresses and subnets as text", () => {
  for (const bad of ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "a.b.c.d", "1.2.3.4 "]) {
    assert.equal(parseAddress(bad), undefined, bad);
  }
  for (const bad of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8"])
    assert.equal(parseSubnet(bad), undefined);
  assert.equal(printSubnet(subnet("255.1.2.3/20")), "255.1.0.0/20");
  const forms: readonly (readonly [text: string, printed: string])[] = [
    ["::", "::"],
    ["::1", "::1"],
    ["FD00::1:0:0:1", "fd00::1:0:0:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"],
    ["fd10:0:10::", "fd10:0:10::"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
  ];
  for (const [text, printed] of forms) assert.equal(printAddress(address(text)), printed);
  for (const bad of ["fe80::1%eth0", ":::", "1::2::3", "12345::", "::1.2.3", "::01.2.3.4", "1:2:3:4:5:6:7"]) {
    assert.equal(parseAddress(bad), undefined, bad);
  }
  assert.equal(printSubnet(subnet("fd00:1:2:3:4::9/56")), "fd00:1:2::/56");
  assert.equal(parseSubnet("fd00::/129"), undefined);
  assert.equal(macOf(address("172.17.0.255")), "02:42:ac:11:00:ff");
});

test("IPv6 networks nobody gave a subnet are in the engine's own unique local range", () => {
  assert.equal(printSubnet(pickUniqueLocalSubnet([], 0x12_3456_789an)), "fd12:3456:789a::/64");
  const taken = [subnet("fd12:3456:789a::/64"), subnet("10.0.0.0/8")];
  assert.equal(printSubnet(pickUniqueLocalSubnet(taken, 0x12_3456_789an)), "fd12:3456:789a:1::/64");
  assert.throws(() => pickUniqueLocalSubnet([subnet("fd00::/8")], 1n), /IPv6 address pool/);
});
