import * as vscode from "vscode";
import type { ConnectionList } from "../connections/connection-list.ts";
import { type ConnectionRow, rootNodes, type TreeOptions } from "./connection-rows.ts";
import type { LiveLists } from "./live-lists.ts";
import type { TreeNode } from "./tree-node.ts";

export interface TreeViewOptions extends TreeOptions {
  readonly id: string;
  readonly connections: ConnectionList;
  readonly listsOf: (connectionId: string) => LiveLists | undefined;
}

export interface TreeView extends vscode.Disposable {
  /** Has the tree built anew from what the lists hold. */
  readonly refresh: () => void;
  readonly view: vscode.TreeView<TreeNode>;
}

/** Shows rows that are plain data as a view of the editor. */
export function createTreeView(options: TreeViewOptions): TreeView {
  const changed = new vscode.EventEmitter<undefined>();
  const provider: vscode.TreeDataProvider<TreeNode> = {
    onDidChangeTreeData: changed.event,
    getTreeItem: treeItem,
    getChildren: (node) =>
      node === undefined ? [...rootNodes(connectionRows(options), options)] : [...(node.children ?? [])],
  };
  const view = vscode.window.createTreeView(options.id, {
    treeDataProvider: provider,
    canSelectMany: true,
    showCollapseAll: true,
  });
  return {
    refresh: () => changed.fire(undefined),
    view,
    dispose: () => {
      view.dispose();
      changed.dispose();
    },
  };
}

function connectionRows(options: TreeViewOptions): ConnectionRow[] {
  return options.connections.all.value.map((connection) => ({
    id: connection.id,
    label: connection.label,
    kind: connection.kind,
    state: connection.state.value,
    lists: options.listsOf(connection.id)?.lists.value ?? {},
  }));
}

function treeItem(node: TreeNode): vscode.TreeItem {
  const item = new vscode.TreeItem(
    node.label,
    node.children === undefined
      ? vscode.TreeItemCollapsibleState.None
      : vscode.TreeItemCollapsibleState.Expanded,
  );
  item.id = `${node.connectionId}/${node.id}`;
  item.contextValue = node.context;
  item.description = node.description ?? "";
  item.tooltip = node.tooltip === undefined ? node.label : new vscode.MarkdownString(node.tooltip);
  item.iconPath = new vscode.ThemeIcon(
    node.icon.name,
    node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color),
  );
  if (node.command !== undefined)
    item.command = { command: node.command, title: node.label, arguments: [node] };
  return item;
}
