import * as vscode from "vscode";
import { describeState } from "../../views/connection-rows.ts";
import type { CommandContext, Handler } from "../context.ts";

/** Starts the bundled engine, or attaches to it when it runs. */
export const startEngine: Handler = async (context) => {
  await local(context).start(AbortSignal.timeout(60_000));
};

/** Ends the bundled engine; containers go on. */
export const stopEngine: Handler = async (context) => {
  await local(context).stop();
};

/** Ends the bundled engine and starts it again; containers go on. */
export const restartEngine: Handler = async (context) => {
  await local(context).stop();
  await local(context).start(AbortSignal.timeout(60_000));
};

/** Shows what the engine and the connections logged. */
export const showEngineLog: Handler = async (context) => {
  context.engineLog.show();
};

/** What can be done with the engine now; behind the status bar. */
export const showEngineMenu: Handler = async (context) => {
  const { kind } = local(context).state.value;
  const isUp = kind === "connected" || kind === "starting";
  const rows = [
    ...(isUp
      ? [
          { label: "$(debug-stop) Stop Engine", command: "berth.engine.stop" },
          { label: "$(debug-restart) Restart Engine", command: "berth.engine.restart" },
        ]
      : [{ label: "$(debug-start) Start Engine", command: "berth.engine.start" }]),
    { label: "$(output) Show Engine Log", command: "berth.engine.showLog" },
    { label: "$(remote) Add SSH Host…", command: "berth.connection.addHost" },
  ];
  const title = `Berth engine: ${describeState(local(context).state.value) || "running"}`;
  const picked = await vscode.window.showQuickPick(rows, { title });
  if (picked !== undefined) await vscode.commands.executeCommand(picked.command);
};

function local(context: CommandContext) {
  const connection = context.connections.find("local");
  if (connection === undefined)
    throw new Error('The bundled engine is turned off: see the setting "berth.engine.enabled".');
  return connection;
}
