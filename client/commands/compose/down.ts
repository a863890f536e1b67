import { down } from "../../../runtime/compose/down.ts";
import { confirm } from "../confirm.ts";
import type { Handler } from "../context.ts";
import { runCompose } from "./project.ts";

/** Stops and removes a project's containers and networks; its volumes stay. */
export const composeDown: Handler = (context, ...args) => takeDown(context, args, false);

/** The same, and its volumes too, after asking. */
export const composeDownWithVolumes: Handler = async (context, ...args) => {
  if (await confirm("Take the project down and remove its volumes?", "Remove", "The data in them is lost.")) {
    await takeDown(context, args, true);
  }
};

const takeDown = (context: Parameters<Handler>[0], args: readonly unknown[], volumes: boolean) =>
  runCompose(context, args, "Down", async (session, { signal }) => {
    await down(session, { volumes, removeOrphans: false }, signal);
    return 0;
  });
