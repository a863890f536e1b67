import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { NetworkTable } from "./network-table.ts";

test("what an engine wrote before networks had several pools is read as what it is now", async () => {
  const root = await mkdtemp(join(tmpdir(), "berth-old-networks-"));
  try {
    await mkdir(join(root, "networks/sandboxes"), { recursive: true });
    const network = {
      ...{ id: "7bf2", name: "bridge", created: "2026-11-25T07:51:41.024Z", driver: "bridge" },
      ...{ predefined: true, internal: false, attachable: false, labels: {}, options: {}, bridge: "berth0" },
      pool: { subnet: "172.17.0.0/24", gateway: "172.17.0.1" },
    };
    await writeFile(join(root, "networks/7bf2.json"), JSON.stringify(network));
    const link = {
      ...{ bridge: "berth0", veth: "ve0", name: "eth0", mac: "02:42:ac:11:00:02", address: "172.17.0.2" },
      ...{ prefixLength: 24, gateway: "172.17.0.1", isolated: false, priority: 0 },
    };
    const endpoint = {
      endpointId: "e",
      networkId: "7bf2",
      networkName: "bridge",
      wanted: {},
      aliases: [],
      link,
    };
    const sandbox = {
      ...{ containerId: "c1", sandboxId: "s", name: "web", hostname: "c1", domainname: "", kind: "own" },
      ...{ netns: "n", endpoints: [endpoint], ports: [], exposedPorts: [], dns: [], dnsSearch: [] },
      ...{ dnsOptions: [], extraHosts: [] },
    };
    await writeFile(join(root, "networks/sandboxes/c1.json"), JSON.stringify(sandbox));
    const table = await NetworkTable.open(root);
    assert.deepEqual(table.network("7bf2")?.pools, [network.pool]);
    const [read] = table.sandbox("c1")?.endpoints ?? [];
    assert.deepEqual(read?.link?.device, { kind: "veth", bridge: "berth0", veth: "ve0", isolated: false });
    assert.deepEqual([read?.link?.address, read?.link?.linkLocal], ["172.17.0.2", []]);
    // Its address is taken, as before.
    assert.equal(table.networks().length, 1);
  } finally {
    await rm(root, { recursive: true });
  }
});
