import * as vscode from "vscode";
import type { SshPrompts } from "./connections/ssh-prompts.ts";

/** What SSH connections ask, asked in the editor. */
export const sshQuestions: SshPrompts = {
  trustHostKey: async ({ host, keyType, fingerprint }) => {
    const detail =
      `Its ${keyType} key has the fingerprint\n${fingerprint}\n\n` +
      "Compare it with what the host's owner says. If you trust it, it is written to known_hosts.";
    const question = `The host ${host} is not known yet. Connect to it?`;
    return (await vscode.window.showWarningMessage(question, { modal: true, detail }, "Trust")) === "Trust";
  },
  password: async (question) =>
    await vscode.window.showInputBox({ title: question, password: true, ignoreFocusOut: true }),
  allowInstall: async (host, packages) => {
    const detail = `The engine runs on them: ${packages.join(", ")}. They are installed with apt-get.`;
    const question = `Install ${packages.length} Debian package(s) on ${host}?`;
    return (
      (await vscode.window.showWarningMessage(question, { modal: true, detail }, "Install")) === "Install"
    );
  },
};
