import * as vscode from "vscode";
import { familiarName, parseReference } from "../../../runtime/model/reference.ts";
import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets } from "../targets.ts";

/** Gives an image one more name. */
export const tagImage: Handler = async (context, ...args) => {
  const options = { kind: "image", title: "Tag which image?", many: "one" } as const;
  const [target] = await chooseTargets(context, args, options);
  if (target === undefined) return;
  const text = await vscode.window.showInputBox({
    title: "New name and tag",
    value: target.node.context === "image.tagged" ? target.item.reference : "",
    validateInput: (value) => {
      const parsed = parseReference(value.trim());
      if (parsed.problem !== undefined) return parsed.problem;
      return parsed.reference.digest === undefined ? undefined : "A tag cannot have a digest.";
    },
  });
  const { reference } = parseReference(text?.trim() ?? "");
  if (reference === undefined) return;
  await doEach([target], "Tagging", ({ connection, item }, signal) =>
    connection.client.images.tag(item.reference, familiarName(reference), reference.tag ?? "latest", signal),
  );
};
