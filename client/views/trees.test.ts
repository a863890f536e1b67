import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSummary } from "../../runtime/api/types/container.ts";
import type { ImageSummary } from "../../runtime/api/types/image.ts";
import type { NetworkInspect } from "../../runtime/api/types/network.ts";
import type { ConnectionState } from "../connections/connection.ts";
import { type ConnectionRow, rootNodes } from "./connection-rows.ts";
import { containerNodes, countRunning } from "./containers.ts";
import { imageNodes } from "./images.ts";
import { networkNodes } from "./networks.ts";
import type { TreeNode } from "./tree-node.ts";
import { volumeNodes } from "./volumes.ts";

/** A tree as text: indent, icon, label, description, [context]. */
function print(nodes: readonly TreeNode[], indent = ""): string {
  return nodes
    .map((node) => {
      const color = node.icon.color === undefined ? "" : `/${node.icon.color.replace("charts.", "")}`;
      const row = `${indent}(${node.icon.name}${color}) ${node.label} | ${node.description ?? ""} [${node.context}]\n`;
      return row + print(node.children ?? [], `${indent}  `);
    })
    .join("");
}

function container(name: string, changes: Partial<ContainerSummary>): ContainerSummary {
  return {
    Id: `${name}-id`,
    Names: [`/${name}`],
    Image: "img",
    ImageID: "sha256:1",
    Command: "run",
    Created: 0,
    Ports: [],
    Labels: {},
    State: "running",
    Status: "Up 1 minute",
    HostConfig: {},
    NetworkSettings: { Networks: {} },
    Mounts: [],
    ...changes,
  };
}

const inProject = (service: string) => ({
  Labels: { "com.docker.compose.project": "shop", "com.docker.compose.service": service },
});

test("containers: projects as groups, running first, state in icon and words", () => {
  const containers = [
    container("zeta", { State: "exited", Status: "Exited (0) 2 hours ago" }),
    container("alpha", { State: "exited", Status: "Exited (137) 1 hour ago" }),
    container("web", {
      Ports: [
        { PrivatePort: 80, PublicPort: 8080, Type: "tcp", IP: "0.0.0.0" },
        { PrivatePort: 80, PublicPort: 8080, Type: "tcp", IP: "::" },
        { PrivatePort: 443, Type: "tcp" },
      ],
    }),
    container("idle", { State: "paused", Status: "Up 5 minutes (Paused)" }),
    container("shop-db-1", { ...inProject("db"), Status: "Up 2 minutes (unhealthy)" }),
    container("shop-app-1", { ...inProject("app"), State: "created", Status: "Created" }),
  ];
  assert.equal(
    print(containerNodes("local", containers)),
    `(layers/yellow) shop | 1 of 2 running [project.partial]
  (vm-running/red) db | img · Up 2 minutes (unhealthy) [container.running]
  (vm-outline) app | img · Created [container.created]
(debug-pause/yellow) idle | img · Up 5 minutes (Paused) [container.paused]
(vm-running/green) web | img · Up 1 minute · 8080→80 [container.running.published]
(vm-outline/red) alpha | img · Exited (137) 1 hour ago [container.exited]
(vm-outline) zeta | img · Exited (0) 2 hours ago [container.exited]
`,
  );
  assert.equal(countRunning(containers), 3);
});

test("images: a row per tag, those without one last", () => {
  const image = (id: string, changes: Partial<ImageSummary>): ImageSummary => ({
    Id: `sha256:${id}`,
    ParentId: "",
    RepoTags: [],
    RepoDigests: [],
    Created: 1000,
    Size: 12_345_678,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
    ...changes,
  });
  const images = [
    image("aaaaaaaaaaaaaaaa", { RepoTags: ["<none>:<none>"] }),
    image("bb", { RepoTags: ["web:2", "app:1"], Size: 999 }),
  ];
  assert.equal(
    print(imageNodes("local", images, 1000 + 7200)),
    `(package) app:1 | 999 B · 2 hours ago [image.tagged]
(package) web:2 | 999 B · 2 hours ago [image.tagged]
(package/disabledForeground) aaaaaaaaaaaa | no tag · 12.3 MB · 2 hours ago [image.dangling]
`,
  );
});

test("volumes and networks: the user's own first, the built-in ones cannot be removed", () => {
  const volume = (Name: string) => ({
    Name,
    Driver: "local",
    Mountpoint: "/v",
    Labels: null,
    Scope: "local" as const,
    Options: null,
  });
  assert.equal(
    print(volumeNodes("local", [volume("data"), volume("f".repeat(64))])),
    "(database) data |  [volume]\n(database) ffffffffffff | anonymous [volume]\n",
  );
  const network = (Name: string, Subnet: string) =>
    ({
      Name,
      Id: Name,
      Driver: "bridge",
      Scope: "local",
      Internal: false,
      IPAM: { Config: [{ Subnet }] },
    }) as unknown as NetworkInspect;
  assert.equal(
    print(
      networkNodes("local", [network("bridge", "172.17.0.0/16"), network("shop_default", "172.18.0.0/16")]),
    ),
    "(type-hierarchy) shop_default | bridge · 172.18.0.0/16 [network.custom]\n(type-hierarchy) bridge | bridge · 172.17.0.0/16 [network.builtin]\n",
  );
});

test("one connection shows its rows at the top, several are shown side by side", () => {
  const row = (id: string, state: ConnectionState, names?: string[]): ConnectionRow => ({
    id,
    label: id,
    kind: id === "local" ? "local" : "ssh",
    state,
    lists: names === undefined ? {} : { containers: names.map((name) => container(name, {})) },
  });
  const connected: ConnectionState = { kind: "connected", version: "1" };
  const options = {
    rows: (id: string, lists: ConnectionRow["lists"]) =>
      lists.containers && containerNodes(id, lists.containers),
    empty: "No containers",
    atFailure: "remedies",
  } as const;
  const tree = (...rows: ConnectionRow[]) => print(rootNodes(rows, options));
  assert.equal(tree(), "");
  assert.equal(tree(row("local", connected, [])), "");
  assert.equal(
    tree(row("local", connected, ["web"])),
    "(vm-running/green) web | img · Up 1 minute [container.running]\n",
  );
  // A connection that comes back keeps what was seen; one that never was has nothing to show.
  assert.match(tree(row("local", { kind: "starting", step: "reconnecting" }, ["web"])), /web/);
  assert.equal(tree(row("local", { kind: "starting", step: "connecting" })), "");
  assert.match(
    tree(row("local", { kind: "failed", message: "broken" })),
    /^\(debug-start\) Start the engine again/,
  );
  assert.equal(
    tree(
      row("local", connected, ["web"]),
      row("empty", connected, []),
      row("away", { kind: "stopped" }),
      row("wrong", { kind: "failed", message: "host key: changed" }),
      row("coming", { kind: "starting", step: "uploading Node (3 %)" }),
    ),
    `(home/green) local |  [connection.local.connected]
  (vm-running/green) web | img · Up 1 minute [container.running]
(remote/green) empty |  [connection.ssh.connected]
  (info) No containers |  [notice]
(remote/disabledForeground) away | stopped [connection.ssh.stopped]
  (debug-start) Not connected. Click to connect. |  [notice]
(error/red) wrong | failed [connection.ssh.failed]
  (warning) host key: changed |  [notice]
(loading~spin) coming | uploading Node (3 %) … [connection.ssh.starting]
  (info) uploading Node (3 %) … |  [notice]
`,
  );
});
