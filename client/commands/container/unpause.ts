import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Lets paused containers go on. */
export const unpauseContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Resume which containers?",
    offer: inState("paused"),
    many: "many",
  });
  await doEach(targets, "Resuming", ({ connection, item }, signal) =>
    connection.client.containers.unpause(item.container.Id, signal),
  );
};
