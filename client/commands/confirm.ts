import * as vscode from "vscode";

/** Asks before something is lost; `action` is what the button says. */
export async function confirm(question: string, action: string, detail?: string): Promise<boolean> {
  const options: vscode.MessageOptions = { modal: true, ...(detail === undefined ? {} : { detail }) };
  return (await vscode.window.showWarningMessage(question, options, action)) === action;
}

/** `container "web"`, or `3 containers`. */
export function nameTargets(kind: string, labels: readonly string[]): string {
  return labels.length === 1 ? `${kind} "${labels[0]}"` : `${labels.length} ${kind}s`;
}
