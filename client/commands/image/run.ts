import * as vscode from "vscode";
import type { Connection } from "../../connections/connection.ts";
import { openAttach } from "../../terminals/attach.ts";
import { shortId } from "../../views/text.ts";
import type { CommandContext, Handler } from "../context.ts";
import { connectionOf } from "../context.ts";
import { withProgress } from "../each.ts";
import { chooseTargets } from "../targets.ts";
import { defaultPorts, portsProblem, runRequest } from "./run-request.ts";

/** Runs an image in the background, with the name and ports the user types. */
export const runImage: Handler = async (context, ...args) => {
  const image = await chooseImage(context, args);
  if (image === undefined) return;
  const { connection, reference } = image;
  const choice = await askNameAndPorts(connection, reference);
  if (choice === undefined) return;
  const request = runRequest({ image: reference, ports: choice.ports, isInteractive: false });
  const id = await withProgress(`Starting ${reference}`, (signal) =>
    createAndStart(connection, request, choice.name, signal),
  );
  context.log.info(`started container ${shortId(id)} of ${reference}`);
};

/** Runs an image with a terminal on it; the container is removed when it ends. */
export const runImageInteractive: Handler = async (context, ...args) => {
  const image = await chooseImage(context, args);
  if (image === undefined) return;
  const { connection, reference } = image;
  const choice = await askNameAndPorts(connection, reference);
  if (choice === undefined) return;
  const request = runRequest({ image: reference, ports: choice.ports, isInteractive: true });
  const id = await withProgress(`Starting ${reference}`, (signal) =>
    createAndStart(connection, request, choice.name, signal),
  );
  openAttach(connection.client, { id, name: choice.name || reference });
};

/** The row that was clicked, what another command hands over, or what the user picks. */
async function chooseImage(context: CommandContext, args: readonly unknown[]) {
  const [first] = args;
  if (isImageArgument(first))
    return { connection: connectionOf(context, first.connectionId), reference: first.reference };
  const options = { kind: "image", title: "Run which image?", many: "one" } as const;
  const [target] = await chooseTargets(context, args, options);
  return target && { connection: target.connection, reference: target.item.reference };
}

function isImageArgument(value: unknown): value is { connectionId: string; reference: string } {
  return typeof value === "object" && value !== null && "reference" in value && "connectionId" in value;
}

async function askNameAndPorts(connection: Connection, reference: string) {
  const { Config } = await connection.client.images.inspect(reference, AbortSignal.timeout(30_000));
  const name = await vscode.window.showInputBox({
    title: `Run ${reference} (1/2)`,
    prompt: "Name of the container. Leave it empty to have the engine choose one.",
    validateInput: (text) =>
      text === "" || /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(text)
        ? undefined
        : "At least two letters, digits, _ . or -, beginning with a letter or digit.",
  });
  if (name === undefined) return undefined;
  const ports = await vscode.window.showInputBox({
    title: `Run ${reference} (2/2)`,
    prompt: "Ports to publish, HOST:CONTAINER with commas between. Leave it empty for none.",
    value: defaultPorts(Config?.ExposedPorts),
    validateInput: portsProblem,
  });
  return ports === undefined ? undefined : { name, ports };
}

/** A container that was made and could not be started is removed again: nothing is left of a failed run. */
async function createAndStart(
  connection: Connection,
  request: Parameters<Connection["client"]["containers"]["create"]>[0],
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const { containers } = connection.client;
  const { Id } = await containers.create(request, name === "" ? {} : { name }, signal);
  try {
    await containers.start(Id, signal);
  } catch (error) {
    await containers
      .remove(Id, { force: true, removeVolumes: true }, AbortSignal.timeout(30_000))
      .catch(() => {});
    throw error;
  }
  return Id;
}
