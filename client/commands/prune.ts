import * as vscode from "vscode";
import type { EngineClient } from "../../runtime/api/engine-client.ts";
import { printSize } from "../views/text.ts";
import { confirm } from "./confirm.ts";
import { type CommandContext, chooseConnection, connectionOf, type Handler } from "./context.ts";
import { withProgress } from "./each.ts";
import { selectedRows } from "./targets.ts";

type Prune = (
  client: EngineClient,
  signal: AbortSignal,
) => Promise<{ readonly count: number; readonly bytes?: number }>;

function pruneCommand(noun: string, question: string, prune: Prune): Handler {
  return async (context, ...args) => {
    const connection = await connectionFor(context, args);
    if (connection === undefined) return;
    if (!(await confirm(`${question} (${connection.label})`, "Remove"))) return;
    const { count, bytes } = await withProgress(`Removing unused ${noun}s`, (signal) =>
      prune(connection.client, signal),
    );
    const freed = bytes === undefined || bytes === 0 ? "" : `, ${printSize(bytes)} freed`;
    void vscode.window.showInformationMessage(`${count} ${noun}${count === 1 ? "" : "s"} removed${freed}.`);
  };
}

async function connectionFor(context: CommandContext, args: readonly unknown[]) {
  const [row] = selectedRows(args);
  return row === undefined ? await chooseConnection(context) : connectionOf(context, row.connectionId);
}

/** Removes all containers that do not run. */
export const pruneContainers = pruneCommand(
  "container",
  "Remove all stopped containers?",
  async (client, signal) => {
    const { ContainersDeleted, SpaceReclaimed } = await client.containers.prune({}, signal);
    return { count: ContainersDeleted?.length ?? 0, bytes: SpaceReclaimed };
  },
);

/** Removes images that have no tag and that no container uses. */
export const pruneImages = pruneCommand(
  "image",
  "Remove all images without a tag that no container uses?",
  async (client, signal) => {
    const { ImagesDeleted, SpaceReclaimed } = await client.images.prune({}, signal);
    const deleted = (ImagesDeleted ?? []).filter((item) => "Deleted" in item);
    return { count: deleted.length, bytes: SpaceReclaimed };
  },
);

/** Removes anonymous volumes that no container uses: what the engine's own `prune` does. */
export const pruneVolumes = pruneCommand(
  "volume",
  "Remove all anonymous volumes that no container uses? Their data is lost.",
  async (client, signal) => {
    const { VolumesDeleted, SpaceReclaimed } = await client.volumes.prune({}, signal);
    return { count: VolumesDeleted?.length ?? 0, bytes: SpaceReclaimed };
  },
);

/** Removes networks that no container uses. */
export const pruneNetworks = pruneCommand(
  "network",
  "Remove all networks that no container uses?",
  async (client, signal) => {
    const { NetworksDeleted } = await client.networks.prune({}, signal);
    return { count: NetworksDeleted?.length ?? 0 };
  },
);
