import * as vscode from "vscode";
import { containerName } from "../../views/containers.ts";
import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets } from "../targets.ts";

/** Gives a container another name. */
export const renameContainer: Handler = async (context, ...args) => {
  const options = { kind: "container", title: "Rename which container?", many: "one" } as const;
  const [target] = await chooseTargets(context, args, options);
  if (target === undefined) return;
  const name = await vscode.window.showInputBox({
    title: "New name",
    value: containerName(target.item.container),
    validateInput: (text) =>
      isContainerName(text) ? undefined : "Letters, digits, _ . and -, beginning with a letter or digit.",
  });
  if (name === undefined) return;
  await doEach([target], "Renaming", ({ connection, item }, signal) =>
    connection.client.containers.rename(item.container.Id, name, signal),
  );
};

/** Source: Engine API specification, `POST /containers/create`, `name`. */
function isContainerName(text: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text);
}
