import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Stops the selected containers, waiting for each to end by itself as long as it may. */
export const stopContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Stop which containers?",
    offer: inState("running", "paused", "restarting"),
    many: "many",
  });
  await doEach(targets, "Stopping", ({ connection, item }, signal) =>
    connection.client.containers.stop(item.container.Id, {}, signal),
  );
};
