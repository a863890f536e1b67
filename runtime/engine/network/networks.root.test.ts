import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { test } from "node:test";
import type { NetworkCreateRequest } from "../../api/types/network.ts";
import type { SandboxRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import { ipBatch, listLinks } from "../host/ip.ts";
import { listNetns } from "../host/netns.ts";
import { nftListTable, nftListTables } from "../host/nft.ts";
import { run } from "../host/run.ts";
import { KernelNetworks, sandboxRequest } from "./testing/kernel-networks.ts";

const hello = (address: string, port: number, timeoutSeconds = 3) => [
  "socat",
  "-T2",
  "-",
  `TCP4:${address}:${port},connect-timeout=${timeoutSeconds}`,
];

async function ask(address: string, port: number): Promise<string> {
  const argv = hello(address, port) as [string, ...string[]];
  return (await run({ argv, parse: (output) => output }, AbortSignal.timeout(5000))).trim();
}

test("two containers of a network reach each other by name; all is cleaned up", async () => {
  const instance = await (async () => {
    await using kernel = await KernelNetworks.open();
    const { Id } = await kernel.networks.backend.create({ Name: "shop" }, kernel.signal);
    const web = await kernel.start("web", { networkMode: "shop", endpoints: { shop: { Aliases: ["www"] } } });
    const client = await kernel.start("client", { networkMode: "shop" });
    await kernel.serve(web.netns, 80);
    const address = web.sandbox.settings.Networks.shop?.IPAddress ?? "";
    const own = client.sandbox.settings.Networks.shop?.IPAddress ?? "";
    const resolver = web.sandbox.settings.Networks.shop?.Gateway ?? "";
    for (const name of ["web", "WWW", "web.shop", web.containerId.slice(0, 12)]) {
      const answer = await kernel.inside(client.netns, "busybox", "nslookup", "-type=a", name, resolver);
      assert.match(answer, new RegExp(`Address: ${address}\n`), name);
    }
    const reverse = await kernel.inside(client.netns, "busybox", "nslookup", address, resolver);
    assert.match(reverse, /name = web\.shop/);
    assert.equal((await kernel.inside(client.netns, ...hello(address, 80))).trim(), `you are ${own}`);
    assert.equal(client.sandbox.resolvConf, `nameserver ${resolver}\n`);
    const inspected = await kernel.networks.backend.inspect(Id);
    assert.deepEqual(
      Object.values(inspected.Containers)
        .map(({ Name }) => Name)
        .sort(),
      ["client", "web"],
    );
    await assert.rejects(kernel.networks.backend.remove("shop", kernel.signal), (error: unknown) => {
      return (
        error instanceof EngineError &&
        error.kind === "forbidden" &&
        /has active endpoints/.test(error.message)
      );
    });
    return kernel.instance;
  })();
  const signal = AbortSignal.timeout(5000);
  assert.deepEqual(await listNetns(`berth-${instance}`), []);
  assert.deepEqual(
    (await run(nftListTables(), signal)).filter((name) => name.includes(instance)),
    [],
  );
  const links = await run(listLinks(), signal);
  assert.deepEqual(
    links.filter(
      ({ name, alias }) =>
        alias === `berth:${instance}` ||
        name.includes(instance) ||
        name.startsWith(`bv${instance.slice(0, 5)}`),
    ),
    [],
  );
});

test("a published port answers on 127.0.0.1, on the bridge, from a neighbour with its own address, and through the host for itself", async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.213");
  const web = await kernel.start("web", {
    portBindings: { "80/tcp": [{ HostPort: "" }] },
    exposedPorts: ["80/tcp", "443/tcp"],
  });
  const local = await kernel.start("local", {
    portBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
  });
  await kernel.serve(web.netns, 80);
  await kernel.serve(local.netns, 80);
  const { Ports, Gateway, IPAddress } = web.sandbox.settings;
  assert.equal(Ports["443/tcp"], null);
  const port = Number(Ports["80/tcp"]?.[0]?.HostPort);
  assert.ok(port >= 32768);
  assert.equal(await ask("127.0.0.1", port), `you are ${Gateway}`);
  assert.equal(await ask(Gateway, port), `you are ${Gateway}`);
  const seen = await kernel.inside(neighbour.netns, ...hello(neighbour.hostAddress, port));
  assert.equal(seen.trim(), `you are ${neighbour.address}`);
  assert.equal((await kernel.inside(web.netns, ...hello(Gateway, port))).trim(), `you are ${Gateway}`);
  // On loopback only: from this host, not from the neighbour, not from a container.
  const localPort = Number(local.sandbox.settings.Ports["80/tcp"]?.[0]?.HostPort);
  assert.equal(await ask("127.0.0.1", localPort), `you are ${Gateway}`);
  await assert.rejects(kernel.inside(neighbour.netns, ...hello(neighbour.hostAddress, localPort, 0.7)));
  await assert.rejects(kernel.inside(web.netns, ...hello(Gateway, localPort, 0.7)));
  // A neighbour that knows the way finds the container's own ports closed.
  await assert.rejects(kernel.inside(neighbour.netns, ...hello(IPAddress, 80, 0.7)));
  // Another network is another world, except for what is published.
  await kernel.networks.backend.create({ Name: "other" }, kernel.signal);
  const stranger = await kernel.start("stranger", { networkMode: "other" });
  await assert.rejects(kernel.inside(stranger.netns, ...hello(IPAddress, 80, 0.7)));
  assert.match(await kernel.inside(stranger.netns, ...hello(Gateway, port)), /you are/);
});

test("the port answers throughout a restart of the engine, and stops with the container", async () => {
  await using kernel = await KernelNetworks.open();
  const web = await kernel.start("web", { portBindings: { "80/tcp": [{ HostPort: "" }] } });
  const gone = await kernel.start("gone");
  await kernel.serve(web.netns, 80);
  const port = Number(web.sandbox.settings.Ports["80/tcp"]?.[0]?.HostPort);
  const stop = new AbortController();
  let asked = 0;
  const asking = (async () => {
    while (!stop.signal.aborted) {
      assert.match(await ask("127.0.0.1", port), /you are/);
      asked++;
    }
  })();
  await kernel.restart([web.containerId]);
  stop.abort();
  await asking;
  assert.ok(asked > 0);
  assert.deepEqual((await kernel.networks.sandboxes.find(web.containerId))?.settings, web.sandbox.settings);
  assert.equal(await kernel.networks.sandboxes.find(gone.containerId), undefined);
  assert.deepEqual(await listNetns(`berth-${kernel.instance}`), [web.netns]);
  await kernel.networks.sandboxes.remove(web.containerId, kernel.signal);
  await assert.rejects(ask("127.0.0.1", port));
});

test("what is taken cannot be published, and nothing is left of the attempt", async () => {
  await using kernel = await KernelNetworks.open();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const taken = String(typeof address === "object" ? address?.port : 0);
  try {
    await assert.rejects(
      kernel.start("web", { portBindings: { "80/tcp": [{ HostPort: taken }] } }),
      (error: unknown) =>
        error instanceof EngineError &&
        error.kind === "conflict" &&
        /^driver failed programming external connectivity on endpoint web \([0-9a-f]{64}\): failed to bind host port 0\.0\.0\.0:\d+\/tcp: address already in use$/.test(
          error.message,
        ),
    );
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  const first = await kernel.start("first", { portBindings: { "80/tcp": [{ HostPort: taken }] } });
  await assert.rejects(
    kernel.start("second", { portBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: taken }] } }),
    /Bind for 127\.0\.0\.1:\d+ failed: port is already allocated/,
  );
  assert.deepEqual(await listNetns(`berth-${kernel.instance}`), [first.netns]);
  const { Containers } = await kernel.networks.backend.inspect("bridge");
  assert.deepEqual(Object.keys(Containers), [first.containerId]);
});

test("an internal network has no way out, not even for names", async () => {
  await using kernel = await KernelNetworks.open(["127.0.0.1"]);
  const neighbour = await kernel.addNeighbour("192.168.214");
  await kernel.networks.backend.create({ Name: "inner", Internal: true }, kernel.signal);
  const db = await kernel.start("db", { networkMode: "inner" });
  const client = await kernel.start("client", { networkMode: "inner" });
  const web = await kernel.start("web", { portBindings: { "80/tcp": [{ HostPort: "" }] } });
  await kernel.serve(neighbour.netns, 80);
  await kernel.serve(db.netns, 5432);
  await kernel.serve(web.netns, 80);
  const inner = db.sandbox.settings.Networks.inner;
  assert.equal(inner?.Gateway, "");
  const { IPAM } = await kernel.networks.backend.inspect("inner");
  const gateway = IPAM.Config?.[0]?.Gateway ?? "";
  assert.match(await kernel.inside(client.netns, ...hello(inner?.IPAddress ?? "", 5432)), /you are/);
  assert.match(
    await kernel.inside(client.netns, "busybox", "nslookup", "-type=a", "db", gateway),
    /Address: /,
  );
  await assert.rejects(kernel.inside(client.netns, "busybox", "nslookup", "-type=a", "example.com", gateway));
  // Even with a route: nothing beyond, nothing published, nothing of this host.
  await kernel.inside(client.netns, "ip", "route", "add", "default", "via", gateway);
  const port = Number(web.sandbox.settings.Ports["80/tcp"]?.[0]?.HostPort);
  await assert.rejects(kernel.inside(client.netns, ...hello(neighbour.address, 80, 0.7)));
  await assert.rejects(kernel.inside(client.netns, ...hello(gateway, port, 0.7)));
  await assert.rejects(kernel.inside(client.netns, ...hello(web.sandbox.settings.IPAddress, 80, 0.7)));
});

test("networks come and go while a container runs", async () => {
  await using kernel = await KernelNetworks.open();
  const { backend, sandboxes } = kernel.networks;
  await backend.create({ Name: "a" }, kernel.signal);
  await backend.create({ Name: "b", IPAM: { Config: [{ Subnet: "10.213.7.0/24" }] } }, kernel.signal);
  const db = await kernel.start("db", { networkMode: "b" });
  const app = await kernel.start("app", { networkMode: "a", portBindings: { "80/tcp": [{ HostPort: "" }] } });
  await kernel.serve(db.netns, 5432);
  await kernel.serve(app.netns, 80);
  const address = db.sandbox.settings.Networks.b?.IPAddress ?? "";
  await assert.rejects(kernel.inside(app.netns, ...hello(address, 5432, 0.7)));
  await backend.connect(
    "b",
    "app",
    { IPAMConfig: { IPv4Address: "10.213.7.99" }, Aliases: ["x"] },
    kernel.signal,
  );
  assert.equal((await kernel.inside(app.netns, ...hello(address, 5432))).trim(), "you are 10.213.7.99");
  assert.equal((await sandboxes.find(app.containerId))?.settings.Networks.b?.IPAddress, "10.213.7.99");
  await sandboxes.rename?.(db.containerId, "database");
  const { Gateway } = db.sandbox.settings.Networks.b ?? {};
  assert.match(
    await kernel.inside(app.netns, "busybox", "nslookup", "-type=a", "database", Gateway ?? ""),
    /Address: /,
  );
  // The published port follows to the network that is left.
  await backend.disconnect("a", "app", { force: false }, kernel.signal);
  const port = Number(app.sandbox.settings.Ports["80/tcp"]?.[0]?.HostPort);
  assert.equal(await ask("127.0.0.1", port), "you are 10.213.7.1");
  await backend.disconnect("b", "app", { force: false }, kernel.signal);
  await assert.rejects(kernel.inside(app.netns, ...hello(address, 5432, 0.7)));
  await backend.remove("a", kernel.signal);
});

test("UDP ports are published like TCP ports, a range takes the first that is free", async () => {
  await using kernel = await KernelNetworks.open();
  const bindings = { "9/udp": [{ HostPort: "43210-43219" }] };
  const first = await kernel.start("first", { portBindings: bindings });
  const second = await kernel.start("second", { portBindings: bindings });
  const port = (sandbox: typeof first.sandbox) => sandbox.settings.Ports["9/udp"]?.[0]?.HostPort ?? "";
  assert.equal(Number(port(second.sandbox)), Number(port(first.sandbox)) + 1);
  await kernel.serve(second.netns, 9, "udp");
  const command = `echo over UDP | socat -T1 - UDP4:127.0.0.1:${port(second.sandbox)}`;
  const echoed = await run({ argv: ["sh", "-c", command], parse: (output) => output }, kernel.signal);
  assert.equal(echoed, "over UDP\n");
});

test("modes without a network of their own", async () => {
  await using kernel = await KernelNetworks.open();
  const host = await kernel.start("host", {
    networkMode: "host",
    portBindings: { "80/tcp": [{ HostPort: "80" }] },
  });
  assert.equal(host.sandbox.netnsPath, undefined);
  assert.deepEqual(Object.keys(host.sandbox.settings.Networks), ["host"]);
  const none = await kernel.start("none", { networkMode: "none" });
  assert.match(
    await kernel.inside(none.netns, "ip", "-br", "address"),
    /^lo +UNKNOWN +127\.0\.0\.1\/8 ::1\/128 *\n$/,
  );
  const web = await kernel.start("web");
  const beside = await kernel.start("beside", { networkMode: "container:web" });
  assert.equal(beside.sandbox.netnsPath, web.sandbox.netnsPath);
  assert.equal(beside.sandbox.hosts, web.sandbox.hosts);
  await kernel.networks.sandboxes.remove(beside.containerId, kernel.signal);
  assert.match(await kernel.inside(web.netns, "ip", "-br", "address", "show", "eth0"), /UP/);
  for (const [networkMode, message] of [
    ["container:nobody", /^No such container: nobody$/],
    ["nowhere", /^network nowhere not found$/],
  ] as const) {
    await assert.rejects(kernel.start("x", { networkMode }), { name: "EngineError", message });
  }
  await assert.rejects(
    kernel.networks.backend.connect("bridge", "host", {}, kernel.signal),
    /container sharing network namespace with another container or host cannot be connected/,
  );
});

test("after a reboot or a flush everything is made again, and nothing twice", async () => {
  await using kernel = await KernelNetworks.open();
  await kernel.networks.backend.create({ Name: "shop" }, kernel.signal);
  const { bridge, veth } = await (async () => {
    const web = await kernel.start("web", {
      networkMode: "shop",
      portBindings: { "80/tcp": [{ HostPort: "" }] },
    });
    await kernel.serve(web.netns, 80);
    const links = await run(listLinks(), kernel.signal);
    const own = links.find(({ name }) => name.startsWith(`bv${kernel.instance.slice(0, 5)}`));
    return { bridge: own?.master ?? "", veth: own?.name ?? "" };
  })();
  const web = kernel.containers.get("web")?.id ?? "";
  const port = Number((await kernel.networks.sandboxes.find(web))?.settings.Ports["80/tcp"]?.[0]?.HostPort);
  const orphan = `bv${kernel.instance.slice(0, 5)}dead`;
  for (const lines of [
    [`link delete ${bridge}`],
    [`link delete ${veth}`],
    [`link add ${orphan} type veth peer name x`, `netns add berth-${kernel.instance}-dead`],
  ]) {
    await run(ipBatch(lines), kernel.signal);
    await kernel.restart([web]);
    assert.match(await ask("127.0.0.1", port), /you are/, lines[0]);
  }
  const names = (await run(listLinks(), kernel.signal)).map(({ name }) => name);
  assert.ok(!names.includes(orphan));
  assert.equal((await listNetns(`berth-${kernel.instance}`)).length, 1);
  // The same as a file of commands: a second restore says exactly what the first did.
  const before = await run(nftListTable(`berth_${kernel.instance}`), kernel.signal);
  await kernel.restart([web]);
  assert.equal(await run(nftListTable(`berth_${kernel.instance}`), kernel.signal), before);
});

test("rules that another program removes are there again at once", async () => {
  await using kernel = await KernelNetworks.open();
  const web = await kernel.start("web", { portBindings: { "80/tcp": [{ HostPort: "" }] } });
  await kernel.serve(web.netns, 80);
  const port = Number(web.sandbox.settings.Ports["80/tcp"]?.[0]?.HostPort);
  const table = `berth_${kernel.instance}`;
  const before = await run(nftListTable(table), kernel.signal);
  for (const cut of [`delete table inet ${table}`, `flush map inet ${table} published_any`]) {
    await run({ argv: ["nft", cut], parse: () => {} }, kernel.signal);
    let now = "";
    while (now !== before) {
      kernel.signal.throwIfAborted();
      now = await run(nftListTable(table), kernel.signal).catch(() => "");
    }
    assert.match(await ask("127.0.0.1", port), /you are/, cut);
  }
});

test("containers of a network may be kept from each other, and still reach the outside", async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.216");
  const options = {
    "com.docker.network.bridge.enable_icc": "false",
    "com.docker.network.driver.mtu": "1400",
  };
  await kernel.networks.backend.create({ Name: "apart", Options: options }, kernel.signal);
  const [one, two] = [
    await kernel.start("one", { networkMode: "apart" }),
    await kernel.start("two", { networkMode: "apart" }),
  ];
  await kernel.serve(one.netns, 80);
  await kernel.serve(neighbour.netns, 80);
  const address = one.sandbox.settings.Networks.apart?.IPAddress ?? "";
  await assert.rejects(kernel.inside(two.netns, ...hello(address, 80, 0.7)));
  const seen = await kernel.inside(two.netns, ...hello(neighbour.address, 80));
  assert.equal(seen.trim(), `you are ${neighbour.hostAddress}`);
  assert.match(await kernel.inside(two.netns, "ip", "link", "show", "eth0"), /mtu 1400/);
});

test("a start that is given up leaves nothing; a removal in the middle of others neither", async () => {
  await using kernel = await KernelNetworks.open();
  const portBindings = { "80/tcp": [{ HostPort: "" }] };
  const starts = Array.from({ length: 12 }, async (_, number) => {
    const stop = new AbortController();
    const id = randomBytes(32).toString("hex");
    const request = sandboxRequest(id, `c${number}`, { portBindings });
    const start = kernel.networks.sandboxes.create(request, stop.signal);
    setTimeout(() => stop.abort(new Error("given up")), number * 2);
    await start.then(
      () => kernel.networks.sandboxes.remove(id, kernel.signal),
      () => {},
    );
  });
  await Promise.all(starts);
  assert.deepEqual(await listNetns(`berth-${kernel.instance}`), []);
  assert.deepEqual((await kernel.networks.backend.inspect("bridge")).Containers, {});
  await kernel.networks.stop();
  const names = (await run(listLinks(), kernel.signal)).map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => name.includes(kernel.instance)),
    [],
  );
  await kernel.restart([]);
  const rules = await run(nftListTable(`berth_${kernel.instance}`), kernel.signal);
  assert.ok(!rules.includes(" : 10.") && !rules.includes(" : 172."), rules);
});

test("a request that cannot be fulfilled is refused when the container is made", async () => {
  await using kernel = await KernelNetworks.open();
  await kernel.networks.backend.create(
    { Name: "shop", IPAM: { Config: [{ Subnet: "10.214.9.0/24" }] } },
    kernel.signal,
  );
  const plan = async (change: Partial<SandboxRequest>) => {
    await kernel.networks.sandboxes.plan(sandboxRequest(randomBytes(32).toString("hex"), "x", change));
  };
  const at = (IPv4Address: string) => ({ IPAMConfig: { IPv4Address } });
  const cases: readonly (readonly [Partial<SandboxRequest>, string, RegExp])[] = [
    [{ networkMode: "nowhere" }, "not-found", /^network nowhere not found$/],
    [{ endpoints: { nowhere: {} } }, "not-found", /^network nowhere not found$/],
    [{ endpoints: { bridge: at("172.17.0.9") } }, "invalid-argument", /user defined networks only/],
    [{ endpoints: { bridge: { Aliases: ["x"] } } }, "invalid-argument", /network-scoped aliases/],
    [{ networkMode: "shop", endpoints: { shop: at("10.214") } }, "invalid-argument", /invalid IPv4 address/],
    [{ endpoints: { shop: { MacAddress: "02:42; reboot" } } }, "invalid-argument", /invalid MAC address/],
    [{ networkMode: "host", endpoints: { shop: {} } }, "invalid-argument", /multiple networks/],
    [
      { networkMode: "container:web", endpoints: { shop: {} } },
      "invalid-argument",
      /sharing network namespace/,
    ],
    [{ portBindings: { "80/tcp": [{ HostPort: "http" }] } }, "invalid-argument", /invalid hostPort/],
    [{ dns: ["example.com"] }, "invalid-argument", /invalid IP address in dns/],
    [{ extraHosts: ["a b:1.2.3.4"] }, "invalid-argument", /invalid extra host/],
  ];
  for (const [change, kind, message] of cases)
    await assert.rejects(plan(change), { name: "EngineError", kind, message });
  const start = async (name: string, address: string) =>
    await kernel.start(name, { networkMode: "shop", endpoints: { shop: at(address) } });
  await start("one", "10.214.9.7");
  await assert.rejects(start("two", "10.214.9.7"), { kind: "conflict", message: /Address already in use/ });
  await assert.rejects(start("two", "10.215.0.1"), { kind: "invalid-argument" });
  const refused = (request: NetworkCreateRequest) => kernel.networks.backend.create(request, kernel.signal);
  await assert.rejects(refused({ Name: "shop" }), {
    kind: "conflict",
    message: "network with name shop already exists",
  });
  const overlapping = { Name: "over", IPAM: { Config: [{ Subnet: "10.214.0.0/16" }] } };
  await assert.rejects(refused(overlapping), { kind: "forbidden", message: /Pool overlaps with other one/ });
  const stolen = { Name: "stolen", Options: { "com.docker.network.bridge.name": "lo" } };
  await assert.rejects(refused(stolen), { kind: "conflict", message: /this host has a device of that name/ });
  await assert.rejects(kernel.networks.backend.remove("bridge", kernel.signal), { kind: "forbidden" });
  await assert.rejects(kernel.networks.backend.inspect("nope"), {
    kind: "not-found",
    message: "network nope not found",
  });
  assert.deepEqual((await kernel.networks.backend.list({})).map(({ Name }) => Name).sort(), [
    "bridge",
    "host",
    "none",
    "shop",
  ]);
  assert.deepEqual((await kernel.networks.backend.prune({}, kernel.signal)).NetworksDeleted, []);
});

test("ports are published with the first way out, and closed with the last", async () => {
  await using kernel = await KernelNetworks.open();
  const { backend, sandboxes } = kernel.networks;
  await backend.create({ Name: "inner", Internal: true }, kernel.signal);
  await backend.create({ Name: "outer" }, kernel.signal);
  const web = await kernel.start("web", {
    networkMode: "inner",
    portBindings: { "80/tcp": [{ HostPort: "" }] },
  });
  await kernel.serve(web.netns, 80);
  assert.deepEqual(web.sandbox.settings.Ports, {});
  await backend.connect("outer", "web", {}, kernel.signal);
  const ports = (await sandboxes.find(web.containerId))?.settings.Ports;
  const port = Number(ports?.["80/tcp"]?.[0]?.HostPort);
  assert.match(await ask("127.0.0.1", port), /you are/);
  await backend.disconnect("outer", "web", { force: false }, kernel.signal);
  assert.deepEqual((await sandboxes.find(web.containerId))?.settings.Ports, {});
  await assert.rejects(ask("127.0.0.1", port));
});

test("a container taken out of its first network does not come back to it", async () => {
  await using kernel = await KernelNetworks.open();
  await kernel.networks.backend.create({ Name: "other" }, kernel.signal);
  const request = { networkMode: "bridge", endpoints: { other: {} }, attached: ["other"] };
  const moved = await kernel.start("moved", request);
  assert.deepEqual(Object.keys(moved.sandbox.settings.Networks), ["other"]);
  const alone = await kernel.start("alone", { networkMode: "bridge", attached: [] });
  assert.deepEqual(Object.keys(alone.sandbox.settings.Networks), []);
});

test("a UDP client that never rests reaches the container that takes over the port", async () => {
  await using kernel = await KernelNetworks.open();
  const first = await kernel.start("first", { portBindings: { "9000/udp": [{ HostPort: "" }] } });
  await kernel.serve(first.netns, 9000, "udp");
  const hostPort = first.sandbox.settings.Ports["9000/udp"]?.[0]?.HostPort ?? "";
  const client = createSocket("udp4");
  const answered = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${text}`)), 2000);
      client.on("message", (message) => {
        if (message.toString() !== text) return;
        clearTimeout(timer);
        resolve();
      });
      client.send(text, Number(hostPort), "127.0.0.1");
    });
  try {
    await answered("one");
    await kernel.networks.sandboxes.remove(first.containerId, kernel.signal);
    const second = await kernel.start("second", { portBindings: { "9000/udp": [{ HostPort: hostPort }] } });
    await kernel.serve(second.netns, 9000, "udp");
    // From the same port: for the kernel it is the same flow.
    await answered("two");
  } finally {
    client.close();
  }
});
