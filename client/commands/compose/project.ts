import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { printOperation } from "../../../runtime/compose/plan.ts";
import { readProject } from "../../../runtime/compose/read-project.ts";
import type { ComposeSession } from "../../../runtime/compose/session.ts";
import type { Connection } from "../../connections/connection.ts";
import { toTerminal } from "../../terminals/pace.ts";
import { openTerminal, type TerminalSession } from "../../terminals/pseudoterminal.ts";
import { type CommandContext, chooseConnection } from "../context.ts";
import { composeFiles, printProblems } from "./source.ts";

/** What a Compose command does in its terminal; gives the exit code. */
export type ComposeWork = (session: ComposeSession, terminal: TerminalSession) => Promise<number>;

/** Runs a command on the clicked or open Compose file, in a terminal where Ctrl-C cancels. */
export async function runCompose(
  context: CommandContext,
  args: readonly unknown[],
  verb: string,
  work: ComposeWork,
): Promise<void> {
  const file = await chooseComposeFile(args[0]);
  if (file === undefined) return;
  const connection = await chooseConnection(context);
  if (connection === undefined) return;
  await vscode.workspace.textDocuments.find((each) => each.uri.toString() === file.toString())?.save();
  const folder = path.basename(path.dirname(file.fsPath));
  openTerminal({
    name: `Compose ${verb}: ${folder}`,
    icon: "layers",
    atEnd: "keep",
    run: async (terminal) => await work(await openSession(file.fsPath, connection, terminal), terminal),
    printEnd: (code) =>
      code === 0 ? `Compose ${verb} is done.` : `Compose ${verb} ended with exit code ${code}.`,
  });
}

async function openSession(
  file: string,
  connection: Connection,
  terminal: TerminalSession,
): Promise<ComposeSession> {
  const say = (line: string) => terminal.write(toTerminal(`${line.replace(/\n$/, "")}\n`));
  say(`\x1b[1m${file} on ${connection.label}\x1b[0m`);
  const source = { cwd: path.dirname(file), files: composeFiles(file, existsSync), env: process.env };
  const load = await readProject(source, terminal.signal);
  const errors = load.problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(printProblems(errors, load.texts));
  return {
    client: connection.client,
    project: load.project,
    environment: load.environment,
    parallel: 8,
    output: {
      onStep: ({ step, phase }) => {
        const marks = { started: "…", done: "\x1b[32m✔\x1b[0m", failed: "\x1b[31m✘\x1b[0m" };
        say(`${marks[phase]} ${printOperation(step.operation)}`);
      },
      onProgress: say,
      onWarning: (line) => say(`\x1b[33m${line}\x1b[0m`),
    },
  };
}

/** The service that a lens above it names; none: all. The explorer's menu hands in the selected files there. */
export function namedService([, service]: readonly unknown[]): readonly string[] {
  return typeof service === "string" ? [service] : [];
}

/** The clicked file, the open one when it is a Compose file, or one the user picks from the workspace. */
async function chooseComposeFile(argument: unknown): Promise<vscode.Uri | undefined> {
  if (argument instanceof vscode.Uri) return argument;
  // Lenses come from the language server, which knows URIs as texts.
  if (typeof argument === "string") return vscode.Uri.parse(argument, true);
  const open = vscode.window.activeTextEditor?.document;
  if (open?.languageId === "dockercompose" && open.uri.scheme === "file") return open.uri;
  const pattern = "**/{compose,docker-compose}*.{yaml,yml}";
  const files = await vscode.workspace.findFiles(pattern, "**/node_modules/**", 200);
  const [only, ...others] = files;
  if (only === undefined) throw new Error("There is no Compose file in this workspace.");
  if (others.length === 0) return only;
  const rows = files.map((each) => ({ label: vscode.workspace.asRelativePath(each), file: each }));
  return (await vscode.window.showQuickPick(rows, { title: "Which Compose file?" }))?.file;
}
