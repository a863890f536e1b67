import type { ConnectionKind, ConnectionState } from "../connections/connection.ts";
import type { Lists } from "./live-lists.ts";
import { escapeMarkdown } from "./text.ts";
import type { TreeNode } from "./tree-node.ts";

/** A connection with what is known of it, as the trees need it. */
export interface ConnectionRow {
  readonly id: string;
  readonly label: string;
  readonly kind: ConnectionKind;
  readonly state: ConnectionState;
  readonly lists: Lists;
}

/** The rows of one kind for one engine; undefined while its list was not read yet. */
export type Rows = (connectionId: string, lists: Lists) => readonly TreeNode[] | undefined;

export interface TreeOptions {
  readonly rows: Rows;
  /** Said in the place of rows, under one of several connections. */
  readonly empty: string;
  /** What stands in the view when its only connection failed: what to do, or nothing so that the welcome text shows. */
  readonly atFailure: "remedies" | "nothing";
}

/**
 * The top of a tree: with one connection its rows stand there themselves (none at all lets the view's welcome text
 * show); with several each is a row, side by side.
 */
export function rootNodes(connections: readonly ConnectionRow[], options: TreeOptions): readonly TreeNode[] {
  const [only, ...others] = connections;
  if (only === undefined) return [];
  if (others.length > 0) return connections.map((connection) => connectionNode(connection, options));
  const rows = options.rows(only.id, only.lists);
  if (holdsRows(only.state) && rows !== undefined) return rows;
  return only.state.kind === "failed" && options.atFailure === "remedies" ? remedies(only) : [];
}

/** While a lost connection comes back the rows that were seen last stay: they are true for as long as nothing happened. */
function holdsRows(state: ConnectionState): boolean {
  return state.kind === "connected" || state.kind === "starting";
}

function remedies({ id, kind }: ConnectionRow): readonly TreeNode[] {
  const row = (command: string, label: string, icon: string): TreeNode => ({
    id: command,
    connectionId: id,
    item: { kind: "notice" },
    label,
    icon: { name: icon },
    context: "notice",
    command,
  });
  return [
    row(
      "berth.connection.reconnect",
      kind === "local" ? "Start the engine again" : "Connect again",
      "debug-start",
    ),
    row("berth.engine.showLog", "Show the log", "output"),
    row("berth.connection.addHost", "Add an SSH host…", "remote"),
  ];
}

const icons: Readonly<Record<ConnectionKind, string>> = { local: "home", ssh: "remote", socket: "plug" };

function connectionNode(connection: ConnectionRow, { rows, empty }: TreeOptions): TreeNode {
  const { id, label, kind, state } = connection;
  const children = holdsRows(state) ? rows(id, connection.lists) : undefined;
  return {
    id: `connection:${id}`,
    connectionId: id,
    item: { kind: "connection" },
    label,
    description: describeState(state),
    tooltip: escapeMarkdown(state.kind === "failed" ? state.message : label),
    icon: stateIcon(kind, state),
    context: `connection.${kind}.${state.kind}`,
    children: children?.length === 0 ? [notice(id, empty)] : (children ?? [stateNotice(id, kind, state)]),
  };
}

/** The state in a few words, for rows and the status bar. */
export function describeState(state: ConnectionState): string {
  switch (state.kind) {
    case "connected":
      return "";
    case "starting":
      return `${state.step} …`;
    case "failed":
      return "failed";
    case "stopped":
      return "stopped";
  }
}

function stateIcon(kind: ConnectionKind, state: ConnectionState): TreeNode["icon"] {
  switch (state.kind) {
    case "connected":
      return { name: icons[kind], color: "charts.green" };
    case "starting":
      return { name: "loading~spin" };
    case "failed":
      return { name: "error", color: "charts.red" };
    case "stopped":
      return { name: icons[kind], color: "disabledForeground" };
  }
}

function stateNotice(id: string, kind: ConnectionKind, state: ConnectionState): TreeNode {
  switch (state.kind) {
    case "connected":
      return notice(id, "Loading …");
    case "starting":
      return notice(id, `${state.step} …`);
    case "failed":
      return {
        ...notice(id, state.message),
        icon: { name: "warning" },
        tooltip: escapeMarkdown(state.message),
      };
    case "stopped":
      return {
        ...notice(
          id,
          kind === "local" ? "Stopped. Click to start the engine." : "Not connected. Click to connect.",
        ),
        icon: { name: "debug-start" },
        command: "berth.connection.reconnect",
      };
  }
}

function notice(id: string, text: string): TreeNode {
  return {
    id: `notice:${id}`,
    connectionId: id,
    item: { kind: "notice" },
    label: text,
    icon: { name: "info" },
    context: "notice",
  };
}
