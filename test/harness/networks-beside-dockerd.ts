/** A program, run in the network namespace of a real dockerd (DOCKER_HOST is its socket): our networks on the same host. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { KernelNetworks } from "../../runtime/engine/network/testing/kernel-networks.ts";

const execute = promisify(execFile);

async function output(program: string, ...args: readonly string[]): Promise<string> {
  return (await execute(program, args, { timeout: 30_000 })).stdout.trim();
}

const docker = (...args: readonly string[]) => output("docker", ...args);
const firewall = () => output("iptables", "-S");

/** Of all of Docker's bridges. */
async function dockerSubnets(): Promise<readonly string[]> {
  const ids = (await docker("network", "ls", "-q", "--filter", "driver=bridge")).split("\n");
  const format = "{{range .IPAM.Config}}{{.Subnet}}{{end}}";
  return (await docker("network", "inspect", "-f", format, ...ids)).split("\n");
}

/** Docker's default pools are /16 and larger than ours: those that share one overlap. */
const wholes = (subnets: readonly string[]) =>
  subnets.map((subnet) => subnet.split(".").slice(0, 2).join("."));

async function apart(ours: readonly string[]): Promise<void> {
  const theirs = wholes(await dockerSubnets());
  assert.deepEqual(
    wholes(ours).filter((whole) => theirs.includes(whole)),
    [],
  );
}

const before = await firewall();
assert.match(before, /-P FORWARD DROP/);
await docker("run", "-d", "--name", "theirs", "-p", "8081:80", "busybox:latest", "httpd", "-f", "-p", "80");
await docker("exec", "theirs", "sh", "-c", "httpd -p 81");
const theirs = await docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "theirs");
await (async () => {
  await using kernel = await KernelNetworks.open();
  const neighbour = await kernel.addNeighbour("192.168.221");
  await kernel.networks.backend.create({ Name: "shop" }, kernel.signal);
  const ours = await kernel.start("ours", {
    networkMode: "shop",
    portBindings: { "80/tcp": [{ HostPort: "8080" }] },
  });
  await kernel.serve(ours.netns, 80);
  await kernel.serve(ours.netns, 81);
  await kernel.serve(neighbour.netns, 82);
  const address = ours.sandbox.settings.Networks.shop?.IPAddress ?? "";
  const greeted = async (netns: string, host: string, port: number) =>
    (await kernel.inside(netns, "socat", "-T2", "-", `TCP4:${host}:${port},connect-timeout=2`)).trim();
  const connects = async (netns: string, host: string, port: number) =>
    await kernel.inside(netns, "socat", "-T2", "/dev/null", `TCP4:${host}:${port},connect-timeout=2`);

  // Ours are published with the client's address kept, and get out, in spite of FORWARD DROP.
  assert.equal(await greeted(neighbour.netns, neighbour.hostAddress, 8080), `you are ${neighbour.address}`);
  assert.match(await greeted(ours.netns, neighbour.address, 82), /^you are/);
  // Docker's are as they were.
  await connects(neighbour.netns, neighbour.hostAddress, 8081);
  const out = await docker("exec", "theirs", "nc", "-w", "2", neighbour.address, "82");
  assert.match(out, /^you are/);
  // Each other's published ports are open to both, what is not published to neither.
  await connects(ours.netns, neighbour.hostAddress, 8081);
  assert.match(await docker("exec", "theirs", "nc", "-w", "2", neighbour.hostAddress, "8080"), /^you are/);
  await assert.rejects(connects(ours.netns, theirs, 81));
  await assert.rejects(docker("exec", "theirs", "nc", "-w", "2", address, "81"));
  // Address pools: neither takes what the other has.
  await docker("network", "create", "later");
  const { IPAM } = await kernel.networks.backend.inspect("shop");
  const mine = (IPAM.Config ?? []).map(({ Subnet = "" }) => Subnet);
  await apart(mine);
  const taken = await kernel.networks.backend
    .create({ Name: "second" }, kernel.signal)
    .then(({ Id }) => kernel.networks.backend.inspect(Id));
  const second = (taken.IPAM.Config ?? []).map(({ Subnet = "" }) => Subnet);
  await apart(second);
  // A port of theirs cannot be published by us, and the reverse.
  await assert.rejects(
    kernel.start("clash", { portBindings: { "80/tcp": [{ HostPort: "8081" }] } }),
    /8081.*address already in use/,
  );
  await assert.rejects(
    docker("run", "--rm", "-p", "8080:80", "busybox:latest", "true"),
    /address already in use/,
  );
  assert.deepEqual(kernel.networks.warnings(), []);
  await docker("network", "rm", "later");
})();
await docker("rm", "-f", "theirs");
assert.equal(await firewall(), before);
