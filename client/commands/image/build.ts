import path from "node:path";
import * as vscode from "vscode";
import { parseReference } from "../../../runtime/model/reference.ts";
import type { Connection } from "../../connections/connection.ts";
import { toTerminal } from "../../terminals/pace.ts";
import { openTerminal, type TerminalSession } from "../../terminals/pseudoterminal.ts";
import { type CommandContext, chooseConnection, type Handler } from "../context.ts";
import { defaultTag, packBuild, sourceOf } from "./build-context.ts";
import { BuildRecord } from "./build-record.ts";
import { createProgressText } from "./progress-text.ts";

/** Builds the clicked or open Dockerfile in a terminal, where Ctrl-C cancels; offers to run the image. */
export const buildImage: Handler = async (context, ...args) => {
  const file = await chooseDockerfile(args[0]);
  if (file === undefined) return;
  const connection = await chooseConnection(context);
  if (connection === undefined) return;
  const source = sourceOf(file.fsPath);
  const tag = await vscode.window.showInputBox({
    title: `Build ${vscode.workspace.asRelativePath(file)}`,
    prompt: `Name and tag of the image; built on ${connection.label}`,
    value: defaultTag(source.context),
    validateInput: (text) => parseReference(text.trim()).problem,
  });
  if (tag === undefined) return;
  await vscode.workspace.textDocuments.find((each) => each.uri.toString() === file.toString())?.save();
  const { ended } = openTerminal({
    name: `Build: ${tag}`,
    icon: "tools",
    atEnd: "keep",
    run: (session) => build(context, connection, file, tag.trim(), session),
    printEnd: () => `Built ${tag}.`,
  });
  if ((await ended) !== 0) return;
  const choice = await vscode.window.showInformationMessage(`Built ${tag}.`, "Run");
  if (choice === "Run")
    await vscode.commands.executeCommand("berth.image.run", { connectionId: connection.id, reference: tag });
};

async function build(
  { language }: CommandContext,
  connection: Connection,
  file: vscode.Uri,
  tag: string,
  session: TerminalSession,
): Promise<number> {
  const { signal } = session;
  const source = sourceOf(file.fsPath);
  session.write(
    toTerminal(`\x1b[1mBuilding ${tag} from ${path.join(source.context, source.dockerfile)}\x1b[0m\n`),
  );
  const print = createProgressText();
  const record = new BuildRecord();
  const messages = connection.client.images.build(
    packBuild(source, signal),
    { dockerfile: source.dockerfile, tags: [tag], events: true },
    signal,
  );
  try {
    for await (const message of messages) {
      if (message.build === undefined) session.write(toTerminal(print(message)));
      else session.write(toTerminal(record.add(message.build)));
    }
  } finally {
    // A cancelled build tells nothing of instructions that it did not come to; what it did is true all the same.
    await language.tellBuilt(file, record.instructions());
  }
  return 0;
}

/** The clicked file, the open one when it is a Dockerfile, or one the user picks from the workspace. */
async function chooseDockerfile(argument: unknown): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri) return argument;
  const open = vscode.window.activeTextEditor?.document;
  if (open?.languageId === "dockerfile" && open.uri.scheme === "file") return open.uri;
  const pattern = "**/{Dockerfile,Dockerfile.*,*.Dockerfile,*.dockerfile,Containerfile}";
  const files = await vscode.workspace.findFiles(pattern, "**/node_modules/**", 200);
  const [only, ...others] = files;
  if (only === undefined) throw new Error("There is no Dockerfile in this workspace.");
  if (others.length === 0) return only;
  const rows = files.map((file) => ({ label: vscode.workspace.asRelativePath(file), file }));
  return (await vscode.window.showQuickPick(rows, { title: "Build which Dockerfile?" }))?.file;
}
