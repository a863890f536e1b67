import os from "node:os";
import path from "node:path";
import * as vscode from "vscode";
import type { Connection } from "../../connections/connection.ts";
import { namedHosts } from "../../connections/ssh-config.ts";
import { readSshConfig } from "../../connections/ssh-config-file.ts";
import { parseSshTarget } from "../../connections/ssh-target.ts";
import { configuredList, updateList } from "../../settings.ts";
import { confirm } from "../confirm.ts";
import { type CommandContext, connectionOf, type Handler } from "../context.ts";
import { selectedRows } from "../targets.ts";

/** Adds a Linux host reached by SSH: one of ~/.ssh/config, or typed. */
export const addHost: Handler = async (context) => {
  const target = await askHost();
  if (target === undefined) return;
  await updateList("ssh.hosts", [...configuredList("ssh.hosts"), target]);
  await startWithProgress(context.addHost(target));
};

/** Adds the socket of an engine that runs on this machine already. */
export const addSocket: Handler = async (context) => {
  const usual = [
    "/var/run/docker.sock",
    "/run/podman/podman.sock",
    `/run/user/${os.userInfo().uid}/podman/podman.sock`,
  ];
  const file = await vscode.window.showInputBox({
    title: "Socket of a running engine",
    prompt: "Absolute path, for example of Docker's or Podman's socket.",
    value: usual[0],
    validateInput: (text) => (path.isAbsolute(text) ? undefined : "An absolute path is needed."),
  });
  if (file === undefined) return;
  await updateList("sockets", [...configuredList("sockets"), file]);
  await startWithProgress(context.addSocket(file));
};

/** Takes a host or socket out of the list; nothing changes there. */
export const removeConnection: Handler = async (context, ...args) => {
  const connection = await choose(context, args, "Remove which connection?", (each) => each.kind !== "local");
  if (connection === undefined) return;
  const detail = "Its containers and images stay as they are.";
  if (!(await confirm(`Remove the connection ${connection.label}?`, "Remove", detail))) return;
  const name = connection.id.replace(/^(ssh|socket):/, "");
  const list = connection.kind === "ssh" ? "ssh.hosts" : "sockets";
  await updateList(
    list,
    configuredList(list).filter((each) => each !== name),
  );
  await context.connections.remove(connection.id);
};

/** Connects (again): after a failure, a stop, or when something seems to hang. */
export const reconnect: Handler = async (context, ...args) => {
  const connection = await choose(context, args, "Reconnect to which engine?", () => true);
  if (connection === undefined) return;
  await connection.stop();
  await startWithProgress(connection);
};

/** Closes a connection and leaves it in the list. */
export const disconnect: Handler = async (context, ...args) => {
  const isOpen = (each: Connection) => each.state.value.kind !== "stopped";
  await (await choose(context, args, "Disconnect from which engine?", isOpen))?.stop();
};

async function choose(
  context: CommandContext,
  args: readonly unknown[],
  title: string,
  offer: (connection: Connection) => boolean,
): Promise<Connection | undefined> {
  const [row] = selectedRows(args);
  if (row !== undefined) return connectionOf(context, row.connectionId);
  const rows = context.connections.all.value
    .filter(offer)
    .map((connection) => ({ label: connection.label, description: connection.state.value.kind, connection }));
  if (rows.length === 1) return rows[0]?.connection;
  return (await vscode.window.showQuickPick(rows, { title }))?.connection;
}

/** Shows each step of connecting; cancelling closes the connection. */
async function startWithProgress(connection: Connection): Promise<void> {
  const location = vscode.ProgressLocation.Notification;
  const title = `Connecting to ${connection.label}`;
  await vscode.window.withProgress({ location, title, cancellable: true }, async (progress, token) => {
    let isCancelled = false;
    token.onCancellationRequested(() => {
      isCancelled = true;
      void connection.stop();
    });
    const unsubscribe = connection.state.subscribe((state) => {
      if (state.kind === "starting") progress.report({ message: state.step });
    });
    try {
      // Questions (host key, password) and uploads take the time they take; the user can cancel.
      await connection.start(new AbortController().signal);
    } catch (error) {
      if (!isCancelled) throw error;
    } finally {
      unsubscribe();
    }
  });
}

async function askHost(): Promise<string | undefined> {
  const home = os.homedir();
  const file = configuredSshFile() ?? path.join(home, ".ssh", "config");
  const names = namedHosts(await readSshConfig(file, home).catch(() => []));
  const pick = vscode.window.createQuickPick();
  pick.title = "Add SSH Host";
  pick.placeholder = "user@host, user@host:port, or a host of ~/.ssh/config";
  const offered = names.map((label) => ({ label, description: "~/.ssh/config" }));
  pick.items = offered;
  pick.onDidChangeValue((value) => {
    const isTyped = parseSshTarget(value) !== undefined && !names.includes(value);
    pick.items = isTyped ? [{ label: value, description: "connect to this host" }, ...offered] : offered;
  });
  return await new Promise((resolve) => {
    pick.onDidAccept(() => {
      const text = pick.selectedItems[0]?.label ?? pick.value;
      if (parseSshTarget(text) === undefined) return;
      resolve(text.trim());
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function configuredSshFile(): string | undefined {
  return vscode.workspace.getConfiguration("berth").get<string>("ssh.configFile") || undefined;
}
