/** A program, run in a network namespace of its own: a nameserver of the host has port 53 on all addresses. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { ipBatch } from "../../host/ip.ts";
import { run } from "../../host/run.ts";
import { KernelNetworks, lookUp } from "./kernel-networks.ts";

await run(ipBatch(["link set lo up"]), AbortSignal.timeout(5000));
const squatter = createSocket("udp4");
await new Promise<void>((resolve) => squatter.bind(53, "0.0.0.0", resolve));
await (async () => {
  await using kernel = await KernelNetworks.open();
  await kernel.networks.backend.create({ Name: "shop" }, kernel.signal);
  const app = await kernel.start("app", { networkMode: "shop" });
  const { IPAddress = "", Gateway = "" } = app.sandbox.settings.Networks.shop ?? {};
  assert.equal(await lookUp(kernel, app.netns, Gateway, "app"), IPAddress);
  const reverse = await kernel.inside(app.netns, "busybox", "nslookup", IPAddress, Gateway);
  assert.match(reverse, /name = app\.shop/);
  await kernel.networks.backend.create({ Name: "inner", Internal: true }, kernel.signal);
  const db = await kernel.start("db", { networkMode: "inner" });
  const inner = (await kernel.networks.backend.inspect("inner")).IPAM.Config?.[0]?.Gateway ?? "";
  assert.equal(await lookUp(kernel, db.netns, inner, "db"), db.sandbox.settings.Networks.inner?.IPAddress);
})();
squatter.close();
