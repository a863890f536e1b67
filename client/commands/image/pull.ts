import * as vscode from "vscode";
import { parseReference } from "../../../runtime/model/reference.ts";
import type { Handler } from "../context.ts";
import { connectionForNew } from "../new-thing.ts";
import { selectedRows } from "../targets.ts";
import { createPullSummary } from "./progress-text.ts";

/** Pulls an image by name, or the clicked one again, with progress and cancel. */
export const pullImage: Handler = async (context, ...args) => {
  const connection = await connectionForNew(context, args);
  if (connection === undefined) return;
  const clicked = selectedRows(args).find((row) => row.item.kind === "image");
  const reference =
    clicked?.item.kind === "image"
      ? clicked.item.reference
      : await vscode.window.showInputBox({
          title: "Pull an image",
          prompt: `Name and tag, for example nginx:latest; pulled to ${connection.label}`,
          validateInput: (text) => parseReference(text.trim()).problem,
        });
  if (reference === undefined || reference.trim() === "") return;
  const location = vscode.ProgressLocation.Notification;
  const title = `Pulling ${reference.trim()}`;
  const isDone = await vscode.window.withProgress(
    { location, title, cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort(new vscode.CancellationError()));
      const summary = createPullSummary();
      try {
        for await (const message of connection.client.images.pull(reference.trim(), {}, abort.signal)) {
          progress.report({ message: summary(message) });
        }
        return true;
      } catch (error) {
        if (abort.signal.aborted) return false;
        throw error;
      }
    },
  );
  if (isDone) void vscode.window.showInformationMessage(`Pulled ${reference.trim()}.`);
};
