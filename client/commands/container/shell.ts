import { openShell } from "../../terminals/shell.ts";
import { containerName } from "../../views/containers.ts";
import type { Handler } from "../context.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Opens a shell in a running container. */
export const attachShell: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Open a shell in which container?",
    offer: inState("running"),
    many: "one",
  });
  for (const { connection, item } of targets) {
    openShell(connection.client, { id: item.container.Id, name: containerName(item.container) });
  }
};
