import { isIP } from "node:net";
import * as vscode from "vscode";
import type { Handler } from "../context.ts";
import { withProgress } from "../each.ts";
import { connectionForNew } from "../new-thing.ts";

/** Creates a bridge network, with the engine's choice of addresses or the user's. */
export const createNetwork: Handler = async (context, ...args) => {
  const connection = await connectionForNew(context, args);
  if (connection === undefined) return;
  const name = await vscode.window.showInputBox({
    title: "Name of the new network",
    validateInput: (text) =>
      /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(text)
        ? undefined
        : "Letters, digits, _ . and -, beginning with a letter or digit.",
  });
  if (name === undefined) return;
  const subnet = await vscode.window.showInputBox({
    title: "Subnet",
    prompt: "For example 10.20.30.0/24. Leave it empty to have the engine choose.",
    validateInput: (text) =>
      text === "" || isSubnet(text) ? undefined : "An address and a prefix length: 10.20.30.0/24",
  });
  if (subnet === undefined) return;
  const ipam = subnet === "" ? {} : { IPAM: { Config: [{ Subnet: subnet }] } };
  await withProgress(`Creating network ${name}`, (signal) =>
    connection.client.networks.create({ Name: name, Driver: "bridge", ...ipam }, signal),
  );
};

function isSubnet(text: string): boolean {
  const [address = "", length = ""] = text.split("/");
  return isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= 128;
}
