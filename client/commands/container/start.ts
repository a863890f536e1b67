import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Starts the selected containers. */
export const startContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Start which containers?",
    offer: inState("created", "exited", "dead"),
    many: "many",
  });
  await doEach(targets, "Starting", ({ connection, item }, signal) =>
    connection.client.containers.start(item.container.Id, signal),
  );
};
