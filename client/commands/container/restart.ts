import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Restarts the selected containers. */
export const restartContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Restart which containers?",
    offer: inState("running", "paused", "exited"),
    many: "many",
  });
  await doEach(targets, "Restarting", ({ connection, item }, signal) =>
    connection.client.containers.restart(item.container.Id, {}, signal),
  );
};
