import * as vscode from "vscode";
import type { Port } from "../../../runtime/api/types/container.ts";
import type { Connection } from "../../connections/connection.ts";
import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens a published port of a container in the browser. */
export const openInBrowser: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Open which container in the browser?",
    offer: (node) => node.context.includes(".published"),
    many: "one",
  });
  for (const { connection, item, node } of targets) {
    const ports = publishedPorts(item.container.Ports);
    if (ports.length === 0)
      throw new Error(`${node.label} publishes no TCP port; run it with a port to open it.`);
    const port = ports.length === 1 ? ports[0] : await pickPort(ports);
    if (port === undefined) return;
    const scheme = port.PrivatePort === 443 || port.PrivatePort === 8443 ? "https" : "http";
    await vscode.env.openExternal(
      vscode.Uri.parse(`${scheme}://${hostOf(connection, port)}:${port.PublicPort}/`),
    );
  }
};

/** Each published port once. */
function publishedPorts(ports: readonly Port[]): Port[] {
  const tcp = ports.filter((port) => port.PublicPort !== undefined && port.Type === "tcp");
  return [...new Map(tcp.map((port) => [port.PublicPort, port])).values()];
}

async function pickPort(ports: readonly Port[]): Promise<Port | undefined> {
  const rows = ports.map((port) => ({
    label: `${port.PublicPort}`,
    description: `container port ${port.PrivatePort}`,
    port,
  }));
  return (await vscode.window.showQuickPick(rows, { title: "Open which port?" }))?.port;
}

/** A port of another machine is reached by that machine's name. */
function hostOf(connection: Connection, port: Port): string {
  if (connection.kind === "ssh") return connection.label.replace(/^.*@/, "").replace(/:\d+$/, "");
  const isAny = port.IP === undefined || ["", "0.0.0.0", "::"].includes(port.IP);
  return isAny ? "localhost" : port.IP.includes(":") ? `[${port.IP}]` : port.IP;
}
