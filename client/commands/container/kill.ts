import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Ends the selected containers at once. */
export const killContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Kill which containers?",
    offer: inState("running", "paused", "restarting"),
    many: "many",
  });
  await doEach(targets, "Killing", ({ connection, item }, signal) =>
    connection.client.containers.kill(item.container.Id, "SIGKILL", signal),
  );
};
