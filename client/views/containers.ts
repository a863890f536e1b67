import type { ContainerSummary, Port } from "../../runtime/api/types/container.ts";
import { printTooltip, shortId } from "./text.ts";
import type { TreeNode } from "./tree-node.ts";

/** Compose's labels on what it makes. Source: Compose specification, "labels". */
export const projectLabel = "com.docker.compose.project";
const serviceLabel = "com.docker.compose.service";

/** The rows of one engine's containers: Compose projects as groups, then the others; running ones first. */
export function containerNodes(connectionId: string, containers: readonly ContainerSummary[]): TreeNode[] {
  const projects = new Map<string, ContainerSummary[]>();
  const single: ContainerSummary[] = [];
  for (const container of containers) {
    const project = container.Labels?.[projectLabel];
    if (project === undefined) single.push(container);
    else projects.set(project, [...(projects.get(project) ?? []), container]);
  }
  return [
    ...[...projects]
      .sort(([left], [right]) => left.localeCompare(right))
      .map(([project, members]) => projectNode(connectionId, project, members)),
    ...sortContainers(single).map((container) =>
      containerNode(connectionId, container, containerName(container)),
    ),
  ];
}

/** The container's name without the slash the API puts before it. */
export function containerName(container: ContainerSummary): string {
  return container.Names[0]?.replace(/^\//, "") ?? shortId(container.Id);
}

/** How many run: the number on the view's badge. */
export function countRunning(containers: readonly ContainerSummary[]): number {
  return containers.filter((each) => isUp(each)).length;
}

/** `8080→80`, each port once though it is published for IPv4 and IPv6. */
export function printPorts(ports: readonly Port[]): string {
  const published = ports.flatMap((port) =>
    port.PublicPort === undefined
      ? []
      : [`${port.PublicPort}→${port.PrivatePort}${port.Type === "tcp" ? "" : `/${port.Type}`}`],
  );
  return [...new Set(published)].join(", ");
}

function projectNode(connectionId: string, project: string, members: readonly ContainerSummary[]): TreeNode {
  const running = countRunning(members);
  const state = running === members.length ? "running" : running === 0 ? "stopped" : "partial";
  const colors = { running: "charts.green", partial: "charts.yellow", stopped: undefined };
  const color = colors[state];
  return {
    id: `project:${project}`,
    connectionId,
    item: { kind: "project", project, containers: members },
    label: project,
    description:
      running === members.length ? `${running} running` : `${running} of ${members.length} running`,
    icon: { name: "layers", ...(color === undefined ? {} : { color }) },
    context: `project.${state}`,
    children: sortContainers(members).map((container) =>
      containerNode(connectionId, container, container.Labels[serviceLabel] ?? containerName(container)),
    ),
  };
}

function containerNode(connectionId: string, container: ContainerSummary, label: string): TreeNode {
  const ports = printPorts(container.Ports ?? []);
  const isPublished = container.State === "running" && ports !== "";
  return {
    id: `container:${container.Id}`,
    connectionId,
    item: { kind: "container", container },
    label,
    description: [container.Image, container.Status, ports].filter((each) => each !== "").join(" · "),
    tooltip: printTooltip(containerName(container), [
      ["id", shortId(container.Id)],
      ["image", container.Image],
      ["command", container.Command],
      ["state", `${container.State} (${container.Status})`],
      ["ports", ports],
      ["networks", Object.keys(container.NetworkSettings?.Networks ?? {}).join(", ")],
      [
        "mounts",
        (container.Mounts ?? [])
          .map((mount) => `${mount.Name ?? mount.Source} → ${mount.Destination}`)
          .join(", "),
      ],
    ]),
    icon: stateIcon(container),
    context: `container.${container.State}${isPublished ? ".published" : ""}`,
  };
}

function stateIcon(container: ContainerSummary): TreeNode["icon"] {
  switch (container.State) {
    case "running":
      if (container.Status.includes("(unhealthy)")) return { name: "vm-running", color: "charts.red" };
      if (container.Status.includes("(health: starting)"))
        return { name: "vm-running", color: "charts.yellow" };
      return { name: "vm-running", color: "charts.green" };
    case "paused":
      return { name: "debug-pause", color: "charts.yellow" };
    case "restarting":
      return { name: "sync", color: "charts.yellow" };
    case "dead":
      return { name: "error", color: "charts.red" };
    case "created":
    case "removing":
      return { name: "vm-outline" };
    case "exited":
      return /Exited \(0\)/.test(container.Status)
        ? { name: "vm-outline" }
        : { name: "vm-outline", color: "charts.red" };
  }
}

function isUp(container: ContainerSummary): boolean {
  return container.State === "running" || container.State === "paused" || container.State === "restarting";
}

function sortContainers(containers: readonly ContainerSummary[]): readonly ContainerSummary[] {
  return [...containers].sort(
    (left, right) =>
      Number(isUp(right)) - Number(isUp(left)) || containerName(left).localeCompare(containerName(right)),
  );
}
