import * as vscode from "vscode";
import type { Handler } from "../context.ts";
import { withProgress } from "../each.ts";
import { connectionForNew } from "../new-thing.ts";

/** Creates a named volume. */
export const createVolume: Handler = async (context, ...args) => {
  const connection = await connectionForNew(context, args);
  if (connection === undefined) return;
  const name = await vscode.window.showInputBox({
    title: "Name of the new volume",
    prompt: "Leave it empty for an anonymous volume.",
    validateInput: (text) =>
      text === "" || /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)
        ? undefined
        : "At least two letters, digits, _ . or -, beginning with a letter or digit.",
  });
  if (name === undefined) return;
  await withProgress(`Creating volume ${name}`, (signal) =>
    connection.client.volumes.create(name === "" ? {} : { Name: name }, signal),
  );
};
