import * as vscode from "vscode";
import type { Connection, ConnectionState } from "./connections/connection.ts";

/** Shows the bundled engine's state in the status bar; a click offers what can be done. */
export function createStatusBar(connection: Connection): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("berth.engine", vscode.StatusBarAlignment.Left, 10);
  item.name = "Berth Engine";
  item.command = "berth.engine.showMenu";
  const show = (state: ConnectionState) => {
    const { text, tooltip } = describe(state);
    item.text = text;
    item.tooltip = tooltip;
    item.backgroundColor =
      state.kind === "failed" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  };
  show(connection.state.value);
  const unsubscribe = connection.state.subscribe(show);
  item.show();
  return {
    dispose: () => {
      unsubscribe();
      item.dispose();
    },
  };
}

function describe(state: ConnectionState): { readonly text: string; readonly tooltip: string } {
  switch (state.kind) {
    case "connected":
      return { text: "$(vm-running) Berth", tooltip: `Berth engine ${state.version} is running` };
    case "starting":
      return { text: "$(loading~spin) Berth", tooltip: `Berth engine: ${state.step} …` };
    case "failed":
      return { text: "$(warning) Berth", tooltip: `Berth engine: ${state.message}` };
    case "stopped":
      return { text: "$(vm-outline) Berth", tooltip: "Berth engine is stopped" };
  }
}
