import * as vscode from "vscode";
import type { Connection } from "../connections/connection.ts";
import type { ConnectionList } from "../connections/connection-list.ts";
import type { LanguageFeatures } from "../language.ts";
import type { InspectDocuments } from "../views/inspect-documents.ts";
import type { LiveLists } from "../views/live-lists.ts";
import { AdvisedError } from "./advice.ts";

/** What commands work with; made once in `extension.ts`. */
export interface CommandContext {
  readonly connections: ConnectionList;
  readonly listsOf: (connectionId: string) => LiveLists | undefined;
  readonly documents: InspectDocuments;
  readonly log: vscode.LogOutputChannel;
  readonly engineLog: vscode.OutputChannel;
  readonly language: LanguageFeatures;
  /** Builds a connection to an SSH host or socket and puts it in the list; not started. */
  readonly addHost: (target: string) => Connection;
  readonly addSocket: (path: string) => Connection;
}

/** A command: gets what the editor passes, rows of a tree or files mostly. What it throws is shown to the user. */
export type Handler = (context: CommandContext, ...args: readonly unknown[]) => Promise<void>;

/**
 * The connection to act on where no row says it: the only connected one, or the one the user picks.
 * Undefined when the user declines. Throws with advice when none is connected.
 */
export async function chooseConnection(context: CommandContext): Promise<Connection | undefined> {
  const connected = context.connections.connected();
  const [first, ...others] = connected;
  if (first === undefined) {
    throw new AdvisedError("No engine is connected.", {
      title: "Start Engine",
      command: "berth.engine.start",
    });
  }
  if (others.length === 0) return first;
  const picked = await vscode.window.showQuickPick(
    connected.map((connection) => ({ label: connection.label, description: connection.kind, connection })),
    { title: "On which engine?" },
  );
  return picked?.connection;
}

/** The connection of a row; throws when it is gone. */
export function connectionOf(context: CommandContext, id: string): Connection {
  const connection = context.connections.find(id);
  if (connection === undefined) throw new Error("The connection of this row is not there any more.");
  return connection;
}
