import * as vscode from "vscode";
import { advise, printFailure } from "./commands/advice.ts";
import type { CommandContext, Handler } from "./commands/context.ts";
import { commands } from "./commands/table.ts";
import { isTreeNode, selectedRows } from "./commands/targets.ts";
import { createConnectionFactory } from "./connect.ts";
import type { Connection } from "./connections/connection.ts";
import { ConnectionList } from "./connections/connection-list.ts";
import { engineFacts } from "./engine-facts.ts";
import { startLanguageFeatures } from "./language.ts";
import { configuredFlag, configuredList } from "./settings.ts";
import { createStatusBar } from "./status-bar.ts";
import { createInspectDocuments } from "./views/inspect-documents.ts";
import { createViews } from "./views/views.ts";

const ending: AsyncDisposable[] = [];

/** Called by the editor once: builds everything in dependency order and passes it down. */
export function activate(extension: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Berth", { log: true });
  const engineLog = vscode.window.createOutputChannel("Berth Engine");
  const connections = new ConnectionList();
  const factory = createConnectionFactory(extension, log, engineLog);
  const language = startLanguageFeatures(extension, log);
  ending.push(connections, language);

  const add = (connection: Connection) => {
    connections.add(connection);
    return connections.find(connection.id) ?? connection;
  };
  if (configuredFlag("engine.enabled")) {
    const local = add(factory.local());
    extension.subscriptions.push(createStatusBar(local));
    if (configuredFlag("engine.autoStart")) start(local, log);
  }
  for (const file of configuredList("sockets")) start(add(factory.socket(file)), log);
  for (const target of configuredList("ssh.hosts")) add(factory.ssh(target));

  const views = createViews(
    connections,
    (line) => log.warn(line),
    () => {
      const facts = engineFacts(connections.all.value, (id) => views.listsOf(id)?.lists.value);
      language.tellEngines(facts).catch((error: unknown) => log.warn(String(error)));
    },
  );
  const context: CommandContext = {
    connections,
    listsOf: views.listsOf,
    documents: createInspectDocuments(),
    log,
    engineLog,
    language,
    addHost: (target) => add(factory.ssh(target)),
    addSocket: (path) => add(factory.socket(path)),
  };
  extension.subscriptions.push(log, engineLog, views, context.documents);
  for (const [id, handler] of Object.entries(commands)) {
    extension.subscriptions.push(
      vscode.commands.registerCommand(id, (...args: unknown[]) => runCommand(context, id, handler, args)),
    );
  }
}

/** Called by the editor at the end: the engine that was started here is stopped, containers go on. */
export async function deactivate(): Promise<void> {
  await Promise.allSettled(ending.splice(0).map((each) => each[Symbol.asyncDispose]()));
}

/** Starts in the background; what stands in the way is in the connection's state for all to see. */
function start(connection: Connection, log: vscode.LogOutputChannel): void {
  connection.start(new AbortController().signal).catch((error: unknown) => {
    log.warn(`${connection.label}: ${error instanceof Error ? error.message : String(error)}`);
  });
}

/** Shows a failed command's message with one useful action; the stack goes to the log. */
async function runCommand(
  context: CommandContext,
  id: string,
  handler: Handler,
  args: readonly unknown[],
): Promise<void> {
  try {
    await handler(context, ...args);
  } catch (error) {
    if (error instanceof vscode.CancellationError) return;
    context.log.error(`${id} failed`, error);
    const [row] = selectedRows(args);
    const connectionKind = row === undefined ? undefined : context.connections.find(row.connectionId)?.kind;
    const advice = advise(error, {
      connectionKind,
      targets: args.filter((each) => isTreeNode(each) || Array.isArray(each)),
    });
    const choice = await vscode.window.showErrorMessage(printFailure(titleOf(id), error), advice.title);
    if (choice === advice.title) {
      await vscode.commands.executeCommand(advice.command, ...(advice.arguments ?? []));
    }
  }
}

/** The command's title in the manifest, for the user's eyes. */
function titleOf(id: string): string {
  const manifest: unknown = vscode.extensions.getExtension("berth.berth")?.packageJSON;
  const { contributes } = manifest as { contributes?: { commands?: { command: string; title: string }[] } };
  return contributes?.commands?.find((each) => each.command === id)?.title.replace(/…$/, "") ?? id;
}
