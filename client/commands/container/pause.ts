import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, inState } from "../targets.ts";

/** Freezes the processes of the selected containers. */
export const pauseContainer: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "container",
    title: "Pause which containers?",
    offer: inState("running"),
    many: "many",
  });
  await doEach(targets, "Pausing", ({ connection, item }, signal) =>
    connection.client.containers.pause(item.container.Id, signal),
  );
};
