/** A program, run in a network namespace of its own: our networks beside a firewall as Docker Engine leaves it. */
import assert from "node:assert/strict";
import { ipBatch } from "../../host/ip.ts";
import { nftListChains } from "../../host/nft.ts";
import { run } from "../../host/run.ts";
import { KernelNetworks } from "./kernel-networks.ts";

const signal = AbortSignal.timeout(30_000);

async function iptables(...args: readonly string[]): Promise<string> {
  return await run({ argv: ["iptables", ...args], parse: (output) => output }, signal);
}

await run(ipBatch(["link set lo up"]), signal);
await iptables("-N", "DOCKER-USER");
await iptables("-A", "DOCKER-USER", "-j", "RETURN");
await iptables("-A", "FORWARD", "-j", "DOCKER-USER");
await iptables("-P", "FORWARD", "DROP");
const instance = await (async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.215");
  await kernel.networks.backend.create({ Name: "shop" }, signal);
  const web = await kernel.start("web", {
    networkMode: "shop",
    portBindings: { "80/tcp": [{ HostPort: "8080" }] },
  });
  await kernel.serve(web.netns, 80);
  await kernel.serve(neighbour.netns, 81);
  const seen = async (netns: string, address: string, port: number) =>
    await kernel.inside(netns, "socat", "-T2", "-", `TCP4:${address}:${port},connect-timeout=2`);
  assert.match(await seen(neighbour.netns, neighbour.hostAddress, 8080), new RegExp(neighbour.address));
  assert.match(await seen(web.netns, neighbour.address, 81), /you are/);
  // Docker's own program still reads the chains, and starting Docker's firewall anew does not lock us out.
  assert.match(await iptables("-S"), /-A DOCKER-USER -j BERTH-/);
  await iptables("-F", "DOCKER-USER");
  while (!(await iptables("-S")).includes("-A DOCKER-USER -j BERTH-")) signal.throwIfAborted();
  assert.match(await seen(neighbour.netns, neighbour.hostAddress, 8080), new RegExp(neighbour.address));
  assert.deepEqual(kernel.networks.warnings(), []);
  return kernel.instance;
})();
const left = await run(nftListChains(), signal);
assert.deepEqual(
  left.filter(({ name, table }) => `${table} ${name}`.toLowerCase().includes(instance)),
  [],
);
