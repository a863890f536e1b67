import * as vscode from "vscode";
import type { ContainerSummary } from "../../runtime/api/types/container.ts";
import type { Connection } from "../connections/connection.ts";
import { containerNodes } from "../views/containers.ts";
import { imageNodes } from "../views/images.ts";
import type { Lists } from "../views/live-lists.ts";
import { networkNodes } from "../views/networks.ts";
import type { TreeItem, TreeNode } from "../views/tree-node.ts";
import { volumeNodes } from "../views/volumes.ts";
import { AdvisedError } from "./advice.ts";
import { type CommandContext, connectionOf } from "./context.ts";

export type TargetKind = "container" | "image" | "volume" | "network";

/** A thing a command acts on, with its engine. */
export interface Target<K extends TargetKind> {
  readonly connection: Connection;
  readonly node: TreeNode;
  readonly item: Extract<TreeItem, { kind: K }>;
}

export interface TargetOptions<K extends TargetKind> {
  readonly kind: K;
  /** For the quick pick: "Stop which containers?". */
  readonly title: string;
  /** Which are offered when none is named; those that are named are taken as they are. */
  readonly offer?: (node: TreeNode) => boolean;
  readonly many: "many" | "one";
}

/**
 * What a command is to act on: the selected rows when it came from a tree (a project stands for its containers),
 * otherwise what the user picks from the lists of all connected engines. Empty when the user declines.
 */
export async function chooseTargets<K extends TargetKind>(
  context: CommandContext,
  args: readonly unknown[],
  options: TargetOptions<K>,
): Promise<readonly Target<K>[]> {
  const rows = selectedRows(args);
  if (rows.length > 0) {
    const named = rows.flatMap((row) => leaves(row)).flatMap((node) => asTarget(context, node, options.kind));
    const distinct = [
      ...new Map(named.map((each) => [`${each.node.connectionId}/${each.node.id}`, each])).values(),
    ];
    return options.many === "many" ? distinct : distinct.slice(0, 1);
  }
  return await pickTargets(context, options);
}

/** The rows among a command's arguments: the editor passes the clicked one, then all that are selected. */
export function selectedRows(args: readonly unknown[]): readonly TreeNode[] {
  const [clicked, selected] = args;
  if (Array.isArray(selected) && selected.some(isTreeNode)) return selected.filter(isTreeNode);
  return isTreeNode(clicked) ? [clicked] : args.filter(isTreeNode);
}

/** True for a row of one of our trees. */
export function isTreeNode(value: unknown): value is TreeNode {
  return typeof value === "object" && value !== null && "connectionId" in value && "item" in value;
}

function leaves(node: TreeNode): readonly TreeNode[] {
  return node.item.kind === "project" ? (node.children ?? []) : [node];
}

function asTarget<K extends TargetKind>(context: CommandContext, node: TreeNode, kind: K): Target<K>[] {
  if (node.item.kind !== kind) return [];
  // The kind was compared: the union's member is the one of that kind.
  const item = node.item as Extract<TreeItem, { kind: K }>;
  return [{ connection: connectionOf(context, node.connectionId), node, item }];
}

async function pickTargets<K extends TargetKind>(
  context: CommandContext,
  options: TargetOptions<K>,
): Promise<readonly Target<K>[]> {
  const connected = context.connections.connected();
  if (connected.length === 0) {
    throw new AdvisedError("No engine is connected.", {
      title: "Start Engine",
      command: "berth.engine.start",
    });
  }
  const candidates = connected.flatMap((connection) =>
    rowsOf(options.kind, connection.id, context.listsOf(connection.id)?.lists.value ?? {})
      .flatMap((node) => leaves(node))
      .filter(options.offer ?? (() => true))
      .map((node) => ({
        label: node.label,
        description: [connected.length > 1 ? connection.label : "", node.description ?? ""]
          .filter(Boolean)
          .join(" · "),
        node,
      })),
  );
  if (candidates.length === 0) {
    void vscode.window.showInformationMessage(`${options.title} There is none.`);
    return [];
  }
  const picked =
    options.many === "many"
      ? await vscode.window.showQuickPick(candidates, { title: options.title, canPickMany: true })
      : await vscode.window.showQuickPick(candidates, { title: options.title });
  const chosen = picked === undefined ? [] : Array.isArray(picked) ? picked : [picked];
  return chosen.flatMap(({ node }) => asTarget(context, node, options.kind));
}

function rowsOf(kind: TargetKind, connectionId: string, lists: Lists): readonly TreeNode[] {
  switch (kind) {
    case "container":
      return containerNodes(connectionId, lists.containers ?? []);
    case "image":
      return imageNodes(connectionId, lists.images ?? [], Date.now() / 1000);
    case "volume":
      return volumeNodes(connectionId, lists.volumes ?? []);
    case "network":
      return networkNodes(connectionId, lists.networks ?? []);
  }
}

/** Containers that can be offered for a verb. */
export function inState(...states: readonly ContainerSummary["State"][]): (node: TreeNode) => boolean {
  return ({ item }) => item.kind === "container" && states.includes(item.container.State);
}
