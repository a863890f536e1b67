import assert from "node:assert/strict";
import { test } from "node:test";
import { ipBatch } from "../host/ip.ts";
import { run } from "../host/run.ts";
import { KernelNetworks } from "./testing/kernel-networks.ts";

async function answerOf(kernel: KernelNetworks, netns: string | undefined, address: string, port: number) {
  const socat = ["socat", "-T2", "-", `TCP6:[${address}]:${port},connect-timeout=2`] as const;
  const argv = netns === undefined ? socat : (["ip", "netns", "exec", netns, ...socat] as const);
  return await run({ argv: ["timeout", "4", ...argv], parse: (output) => output.trim() }, kernel.signal);
}

test("an IPv6 network: fixed and chosen addresses, names, ports, the way out, and nobody gets in elsewhere", async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.217");
  const client = "fd00:be17:1::2";
  const host = "fd00:be17:1::1";
  await run(ipBatch([`address add ${host}/64 dev ${neighbour.hostLink} nodad`]), kernel.signal);
  await run(
    ipBatch([`address add ${client}/64 dev eth0 nodad`, `route add default via ${host}`], neighbour.netns),
    kernel.signal,
  );
  await kernel.networks.backend.create({ Name: "shop", EnableIPv6: true }, kernel.signal);
  const { IPAM, EnableIPv6 } = await kernel.networks.backend.inspect("shop");
  const subnets = (IPAM.Config ?? []).map(({ Subnet = "" }) => Subnet);
  assert.equal(EnableIPv6, true);
  assert.match(subnets.join(" "), /^[0-9.]+\/24 fd[0-9a-f:]+::\/64$/);
  const prefix = (subnets[1] ?? "").replace("/64", "");
  const web = await kernel.start("web", {
    networkMode: "shop",
    endpoints: { shop: { IPAMConfig: { IPv6Address: `${prefix}beef` } } },
    portBindings: { "80/tcp": [{ HostPort: "" }] },
  });
  const other = await kernel.start("other", { networkMode: "shop" });
  const settings = web.sandbox.settings;
  assert.equal(settings.Networks.shop?.GlobalIPv6Address, `${prefix}beef`);
  assert.equal(other.sandbox.settings.Networks.shop?.GlobalIPv6Address, `${prefix}2`);
  const bindings = settings.Ports["80/tcp"] ?? [];
  assert.deepEqual(
    bindings.map(({ HostIp }) => HostIp),
    ["0.0.0.0", "::"],
  );
  const port = Number(bindings[0]?.HostPort);
  assert.equal(Number(bindings[1]?.HostPort), port);
  await kernel.serve(web.netns, 80, "tcp6");
  await kernel.serve(web.netns, 81, "tcp6");
  await kernel.serve(neighbour.netns, 82, "tcp6");

  // The published port: from outside with the client's own address, from this host (::1 is refused), from a neighbour, from itself.
  assert.equal(await answerOf(kernel, neighbour.netns, host, port), `you are [${seen(client)}]`);
  await assert.rejects(answerOf(kernel, undefined, "::1", port), /Connection refused/);
  assert.match(await answerOf(kernel, other.netns, host, port), /^you are/);
  assert.match(await answerOf(kernel, web.netns, host, port), /^you are/);
  // The way out hides behind the host.
  assert.equal(await answerOf(kernel, web.netns, client, 82), `you are [${seen(host)}]`);
  // A neighbour with a route reaches what is published, nothing else.
  await assert.rejects(answerOf(kernel, neighbour.netns, `${prefix}beef`, 81));
  assert.match(await answerOf(kernel, other.netns, `${prefix}beef`, 81), /^you are/);

  const names = await kernel.inside(other.netns, process.execPath, "-e", askScript(other.sandbox.resolvConf));
  assert.equal(names.trim(), `${prefix}beef`);
  assert.match(web.sandbox.hosts, new RegExp(`^${prefix}beef\t`, "m"));
});

test("networks that do not overlap, IPv6 off: clear errors, and an internal IPv6 network has no way out", async () => {
  await using kernel = await KernelNetworks.open();
  const create = async (name: string, subnet: string, more: object = {}) =>
    await kernel.networks.backend.create(
      { Name: name, EnableIPv6: true, IPAM: { Config: [{ Subnet: subnet }] }, ...more },
      kernel.signal,
    );
  await create("one", "fd00:be17:7::/64", { Internal: true });
  await assert.rejects(create("two", "fd00:be17::/32"), {
    kind: "forbidden",
    message: /fd00:be17:7::\/64 of network one/,
  });
  await assert.rejects(create("two", "fd00:be18::/64", { EnableIPv6: false }), {
    kind: "invalid-argument",
    message: /IPv6 is not enabled/,
  });
  const inside = await kernel.start("inside", { networkMode: "one" });
  const beside = await kernel.start("beside", { networkMode: "one" });
  assert.equal((await kernel.inside(inside.netns, "ip", "-6", "route", "show", "default")).trim(), "");
  await kernel.serve(inside.netns, 80, "tcp6");
  const address = inside.sandbox.settings.Networks.one?.GlobalIPv6Address ?? "";
  assert.match(await answerOf(kernel, beside.netns, address, 80), /^you are/);
  // Not even this host's own addresses on the network's bridge.
  await assert.rejects(
    kernel.inside(inside.netns, "socat", "-T2", "-", "TCP6:[fd00:be17:7::1]:22,connect-timeout=1"),
  );
  await assert.rejects(
    kernel.start("third", {
      networkMode: "one",
      endpoints: { one: { IPAMConfig: { IPv6Address: "fd00::9" } } },
    }),
    {
      kind: "invalid-argument",
      message: /no configured subnet/,
    },
  );
});

/** As socat writes an address: all eight groups of four digits. */
function seen(address: string): string {
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [head, tail].map((half) => half.split(":").filter((group) => group !== ""));
  const groups = [
    ...(before ?? []),
    ...Array<string>(8 - (before?.length ?? 0) - (after?.length ?? 0)).fill("0"),
    ...(after ?? []),
  ];
  return groups.map((group) => group.padStart(4, "0")).join(":");
}

function askScript(resolvConf: string): string {
  const server = /^nameserver (.+)$/m.exec(resolvConf)?.[1] ?? assert.fail("no nameserver");
  return `
    const resolver = new (require("dns").Resolver)({ timeout: 4000, tries: 1 });
    resolver.setServers([${JSON.stringify(server)}]);
    resolver.resolve6("web", (error, found) => console.log(error ? error.code : found.join(" ")));`;
}
