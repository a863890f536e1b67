import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";

describe("the extension", () => {
  it("activates and registers every command its manifest declares", async () => {
    const extension = vscode.extensions.getExtension("berth.berth");
    assert.ok(extension, "the extension is there");
    await extension.activate();
    const declared = (extension.packageJSON as { contributes: { commands: { command: string }[] } })
      .contributes.commands;
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.map((each) => each.command).filter((command) => !registered.has(command)),
      [],
    );
  });
});
