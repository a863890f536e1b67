import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../host/run.ts";
import { parseQuery, printAnswer } from "./dns/message.ts";
import { printFramed, readFramed } from "./dns/tcp-frame.ts";
import { KernelNetworks, lookUp } from "./testing/kernel-networks.ts";

/** A nameserver on loopback that knows one address for every name; with no address it hears and says nothing. */
async function nameserver(
  listenAddress: string,
  answerAddress: string | undefined,
): Promise<AsyncDisposable> {
  const answer = (message: Buffer) => {
    const query = parseQuery(message);
    if (query === undefined || answerAddress === undefined) return undefined;
    const records = [{ type: "A", address: answerAddress, ttlSeconds: 60 }] as const;
    return printAnswer(query, { code: 0, records, authoritative: true });
  };
  const udp = createSocket("udp4", (message, from) => {
    const response = answer(message);
    if (response !== undefined) udp.send(response, from.port, from.address);
  });
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    const read = readFramed((message) => {
      const response = answer(message);
      if (response !== undefined) socket.write(printFramed(response));
    });
    socket
      .on("data", read)
      .on("end", () => socket.end())
      .on("error", () => {});
  });
  await new Promise<void>((resolve) => udp.bind(53, listenAddress, resolve));
  await new Promise<void>((resolve) => tcp.listen(53, listenAddress, resolve));
  return {
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

test("names of the outside come from the host's nameservers, the next one when the first is silent, and follow changes", async () => {
  await using _silent = await nameserver("127.0.77.1", undefined);
  await using _one = await nameserver("127.0.77.2", "192.0.2.77");
  await using _two = await nameserver("127.0.77.3", "192.0.2.78");
  await using kernel = await KernelNetworks.open(["127.0.77.1", "127.0.77.2"]);
  await kernel.networks.backend.create({ Name: "shop" }, kernel.signal);
  const app = await kernel.start("app", { networkMode: "shop" });
  const own = await kernel.start("own", { networkMode: "shop", dns: ["127.0.77.3"] });
  const plain = await kernel.start("plain");
  const resolver = app.sandbox.settings.Networks.shop?.Gateway ?? "";
  assert.equal(await lookUp(kernel, app.netns, resolver, "example.com"), "192.0.2.77");
  assert.equal(
    await lookUp(kernel, app.netns, resolver, "own"),
    own.sandbox.settings.Networks.shop?.IPAddress,
  );
  assert.equal(await lookUp(kernel, own.netns, resolver, "example.com"), "192.0.2.78");
  const byTcp = await kernel.inside(
    app.netns,
    "sh",
    "-c",
    `printf '\\0\\035\\0\\1\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\7example\\3com\\0\\0\\1\\0\\1' | socat -t3 - TCP4:${resolver}:53 | od -An -tu1 | tr -d '\\n'`,
  );
  assert.match(byTcp, /192 +0 +2 +77$/);
  // The default bridge has no names; loopback nameservers of the host are reached through the engine.
  assert.equal(plain.sandbox.resolvConf, `nameserver ${plain.sandbox.settings.Gateway}\n`);
  assert.equal(
    await lookUp(kernel, plain.netns, plain.sandbox.settings.Gateway, "example.com"),
    "192.0.2.77",
  );
  assert.equal(await lookUp(kernel, plain.netns, plain.sandbox.settings.Gateway, "app"), "192.0.2.77");
  await writeFile(join(kernel.root, "resolv.conf"), "nameserver 127.0.77.3\n");
  let answer = "";
  while (answer !== "192.0.2.78") {
    kernel.signal.throwIfAborted();
    answer = await lookUp(kernel, app.netns, resolver, "example.com");
  }
});

test("when port 53 is taken everywhere, another port serves containers just the same", async () => {
  const program = join(import.meta.dirname, "testing/port-53-taken.ts");
  const argv = ["unshare", "--net", "--mount", process.execPath, program] as const;
  await run({ argv, parse: () => {} }, AbortSignal.timeout(40_000));
});

test("127.0.0.11 is the resolver too and follows the networks of the container", async () => {
  await using kernel = await KernelNetworks.open();
  const { backend } = kernel.networks;
  for (const Name of ["one", "two"]) await backend.create({ Name, Internal: Name === "two" }, kernel.signal);
  const web = await kernel.start("web", { networkMode: "one" });
  const other = await kernel.start("other", { networkMode: "two" });
  const client = await kernel.start("client", { networkMode: "one", endpoints: { one: {}, two: {} } });
  const addressOf = (found: typeof web, network: string) =>
    found.sandbox.settings.Networks[network]?.IPAddress;
  // The rules come while the container's process is made; who asks for the sandbox sees them in place.
  await kernel.networks.sandboxes.find(client.containerId);
  assert.equal(await lookUp(kernel, client.netns, "127.0.0.11", "web"), addressOf(web, "one"));
  await backend.disconnect("one", "client", { force: false }, kernel.signal);
  assert.equal(await lookUp(kernel, client.netns, "127.0.0.11", "other"), addressOf(other, "two"));
});
