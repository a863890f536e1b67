import * as vscode from "vscode";

/** A setting that is a list of texts; anything else in it is passed over. */
export function configuredList(key: string): readonly string[] {
  const value: unknown = vscode.workspace.getConfiguration("berth").get(key);
  return Array.isArray(value) ? [...new Set(value.filter((each) => typeof each === "string"))] : [];
}

/** A setting that is a text; undefined when it is empty. */
export function configuredText(key: string): string | undefined {
  const value: unknown = vscode.workspace.getConfiguration("berth").get(key);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** A setting that is on or off. */
export function configuredFlag(key: string): boolean {
  return vscode.workspace.getConfiguration("berth").get(key) === true;
}

/** Writes a list to the user's own settings, each text once. */
export async function updateList(key: string, values: readonly string[]): Promise<void> {
  const configuration = vscode.workspace.getConfiguration("berth");
  await configuration.update(key, [...new Set(values)], vscode.ConfigurationTarget.Global);
}
