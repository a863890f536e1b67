import assert from "node:assert/strict";
import { test } from "node:test";
import { ipBatch } from "../host/ip.ts";
import { run } from "../host/run.ts";
import { KernelNetworks } from "./testing/kernel-networks.ts";

test("a macvlan network puts containers beside the host's neighbours, with addresses of their own there", async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.219");
  const onLink = ["route add 192.168.219.0/24 dev eth0"];
  await run(ipBatch(onLink, neighbour.netns), kernel.signal);
  const create = async (name: string, parent: string) =>
    await kernel.networks.backend.create(
      {
        Name: name,
        Driver: "macvlan",
        Options: { parent },
        IPAM: { Config: [{ Subnet: "192.168.219.0/24", Gateway: neighbour.address }] },
      },
      kernel.signal,
    );
  await create("lan", neighbour.hostLink);
  assert.equal((await kernel.networks.backend.inspect("lan")).Driver, "macvlan");
  const printer = await kernel.start("printer", {
    networkMode: "lan",
    endpoints: { lan: { IPAMConfig: { IPv4Address: "192.168.219.9" }, MacAddress: "02:42:c0:a8:db:09" } },
  });
  const scanner = await kernel.start("scanner", { networkMode: "lan" });
  await kernel.serve(printer.netns, 80);
  await kernel.serve(neighbour.netns, 81);
  const ask = async (netns: string, address: string, port: number) =>
    (await kernel.inside(netns, "socat", "-T2", "-", `TCP4:${address}:${port},connect-timeout=2`)).trim();
  const route = await kernel.inside(printer.netns, "ip", "route", "show", "default");
  assert.match(route, new RegExp(`^default via ${neighbour.address} dev eth0`));
  // Another container, and the network the host is in: both see the container's own address.
  const own = scanner.sandbox.settings.Networks.lan?.IPAddress ?? "";
  assert.equal(await ask(scanner.netns, "192.168.219.9", 80), `you are ${own}`);
  assert.equal(await ask(printer.netns, neighbour.address, 81), "you are 192.168.219.9");
  assert.match(
    await kernel.inside(printer.netns, "cat", "/sys/class/net/eth0/address"),
    /^02:42:c0:a8:db:09/,
  );

  await assert.rejects(create("twin", neighbour.hostLink), { kind: "forbidden" });
  await assert.rejects(create("none", "nodevice0"), { kind: "not-found", message: /nodevice0/ });
  const published = kernel.start("web", { networkMode: "lan", portBindings: { "80/tcp": [{}] } });
  await assert.rejects(published, { kind: "invalid-argument", message: /cannot publish ports of web/ });

  // It comes and goes while the container runs.
  const bridged = await kernel.start("bridged");
  const lan = await kernel.networks.backend.inspect("lan");
  await kernel.networks.backend.connect("lan", "bridged", { DriverOpts: ifname("lan0") }, kernel.signal);
  assert.match(await ask(bridged.netns, "192.168.219.9", 80), /^you are 192\.168\.219\./);
  await kernel.networks.backend.disconnect("lan", "bridged", { force: false }, kernel.signal);
  assert.doesNotMatch(await kernel.inside(bridged.netns, "ip", "-br", "link"), /lan0/);
  assert.equal(Object.keys((await kernel.networks.backend.inspect(lan.Id)).Containers).length, 2);
});

test("every wish for an endpoint is honoured: name of the interface, kernel parameters, link-local addresses", async () => {
  await using kernel = await KernelNetworks.open();
  await kernel.networks.backend.create(
    {
      Name: "shop",
      EnableIPv6: true,
      Options: { "com.docker.network.container_iface_prefix": "shop" },
      IPAM: { Config: [{ Subnet: "10.214.30.0/29" }, { Subnet: "10.214.31.0/29" }] },
    },
    kernel.signal,
  );
  const one = await kernel.start("one", {
    networkMode: "shop",
    endpoints: {
      shop: {
        IPAMConfig: { IPv4Address: "10.214.31.5", LinkLocalIPs: ["169.254.7.7", "fe80::77"] },
        DriverOpts: {
          ...ifname("front"),
          "com.docker.network.endpoint.sysctls":
            "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.hop_limit=9",
        },
      },
    },
  });
  const addresses = await kernel.inside(one.netns, "ip", "-br", "address", "show", "front");
  for (const address of ["10.214.31.5/29", "169.254.7.7/16", "fe80::77/64"])
    assert.ok(addresses.includes(address), addresses);
  assert.equal(
    (await kernel.inside(one.netns, "cat", "/proc/sys/net/ipv4/conf/front/log_martians")).trim(),
    "1",
  );
  assert.equal(
    (await kernel.inside(one.netns, "cat", "/proc/sys/net/ipv6/conf/front/hop_limit")).trim(),
    "9",
  );
  // The first pool serves until it is full (6 addresses, one is the gateway's), then the second.
  const given: string[] = [];
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    const { sandbox } = await kernel.start(name, { networkMode: "shop" });
    given.push(sandbox.settings.Networks.shop?.IPAddress ?? "");
  }
  assert.deepEqual(given, [2, 3, 4, 5, 6].map((end) => `10.214.30.${end}`).concat("10.214.31.2"));
  const links = await kernel.inside(one.netns, "ip", "-br", "link");
  assert.match(links, /^front@/m);
  for (const [DriverOpts, kind] of [
    [{ "com.docker.network.endpoint.colour": "red" }, "not-implemented"],
    [{ "com.docker.network.endpoint.sysctls": "kernel.hostname=x" }, "invalid-argument"],
    [ifname("a b"), "invalid-argument"],
  ] as const) {
    await assert.rejects(kernel.start("bad", { networkMode: "shop", endpoints: { shop: { DriverOpts } } }), {
      kind,
    });
  }
});

function ifname(name: string): Record<string, string> {
  return { "com.docker.network.endpoint.ifname": name };
}
