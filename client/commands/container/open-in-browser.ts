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
    const place = await reach(connection, port);
    await vscode.env.openExternal(vscode.Uri.parse(`${scheme}://${place}/`));
  }
};

/** `host:port` as seen from here; a port of another machine is forwarded through its connection. */
async function reach(connection: Connection, port: Port): Promise<string> {
  const isAny = port.IP === undefined || ["", "0.0.0.0", "::"].includes(port.IP);
  const publicPort = port.PublicPort ?? 0;
  const forward = await connection.forwardPort(isAny ? "127.0.0.1" : port.IP, publicPort);
  if (forward === undefined) {
    const host = isAny ? "localhost" : port.IP.includes(":") ? `[${port.IP}]` : port.IP;
    return `${host}:${publicPort}`;
  }
  const said = `Port ${publicPort} of ${connection.label} is at localhost:${forward.localPort} while it is connected.`;
  void vscode.window.showInformationMessage(said);
  return `localhost:${forward.localPort}`;
}

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
