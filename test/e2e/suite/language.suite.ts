import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { until } from "./wait.ts";

const workspace = (): string => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, "a folder is open");
  return folder.uri.fsPath;
};

async function open(name: string, text?: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(path.join(workspace(), name));
  await vscode.window.showTextDocument(document);
  if (text !== undefined) await replace(document, text);
  return document;
}

async function replace(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
}

function diagnosticsOf(document: vscode.TextDocument): readonly vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document.uri);
}

describe("language features in the editor", () => {
  it("marks a mistake in a Dockerfile while it is there, and only then", async () => {
    const document = await open("Dockerfile");
    const good = document.getText();
    await replace(document, good.replace("WORKDIR", "WORKDIRR"));
    const found = await until("a diagnostic on WORKDIRR", 20_000, () =>
      diagnosticsOf(document).find((each) => /WORKDIRR/i.test(each.message)),
    );
    assert.equal(document.getText(found.range).includes("WORKDIRR"), true);
    await replace(document, good);
    await until("no errors after the repair", 20_000, () => {
      const errors = diagnosticsOf(document).filter(
        (each) => each.severity === vscode.DiagnosticSeverity.Error,
      );
      return errors.length === 0 ? true : undefined;
    });
  });

  it("finds the seed's single quotes and mends them", async () => {
    const document = await open("Dockerfile", "FROM busybox:latest\nCMD ['npm','start']\n");
    const found = await until("a diagnostic on the CMD line", 20_000, () =>
      diagnosticsOf(document).find((each) => each.range.start.line === 1),
    );
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      found.range,
    );
    const edits = actions.flatMap((action) => (action.edit ? [action.edit] : []));
    let mended = false;
    for (const edit of edits) {
      const before = document.getText();
      await vscode.workspace.applyEdit(edit);
      if (
        document.getText().includes('CMD ["npm", "start"]') ||
        document.getText().includes('CMD ["npm","start"]')
      )
        mended = true;
      else await replace(document, before);
      if (mended) break;
    }
    assert.ok(mended, `no quick fix gave JSON; offered: ${actions.map((action) => action.title).join(", ")}`);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  it("completes instructions and explains them", async () => {
    const document = await open("Dockerfile", "FROM busybox:latest\nWOR\n");
    const list = await until("completions for WOR", 20_000, async () => {
      const given = await vscode.commands.executeCommand<vscode.CompletionList>(
        "vscode.executeCompletionItemProvider",
        document.uri,
        new vscode.Position(1, 3),
      );
      const labels = given.items.map((item) =>
        typeof item.label === "string" ? item.label : item.label.label,
      );
      return labels.some((label) => label.startsWith("WORKDIR")) ? labels : undefined;
    });
    assert.ok(list.length > 0);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(0, 1),
    );
    const shown = hovers
      .flatMap((hover) => hover.contents)
      .map((each) => (typeof each === "string" ? each : each.value));
    assert.match(shown.join("\n"), /image/i);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });

  it("marks an undefined volume in a Compose file", async () => {
    const document = await open("compose.yaml");
    const good = document.getText();
    await replace(document, good.replace("clock-data:/data", "clock-dta:/data"));
    await until("a diagnostic on clock-dta", 20_000, () =>
      diagnosticsOf(document).find((each) => /clock-dta/.test(each.message)),
    );
    await replace(document, good);
    await vscode.commands.executeCommand("workbench.action.files.revert");
  });
});
