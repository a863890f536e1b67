import { openAttach } from "../../terminals/attach.ts";
import { containerName } from "../../views/containers.ts";
import type { Handler } from "../context.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Attaches a terminal to a container's own process. */
export const attachContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Attach to which container?",
    offer: inState("running"),
    many: "one",
  });
  for (const { connection, item } of targets) {
    openAttach(connection.client, { id: item.container.Id, name: containerName(item.container) });
  }
};
