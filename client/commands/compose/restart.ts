import { changeLifecycle } from "../../../runtime/compose/lifecycle.ts";
import { chooseServices } from "../../../runtime/compose/session.ts";
import type { Handler } from "../context.ts";
import { runCompose } from "./project.ts";

/** Restarts a project's containers; none is made anew. */
export const composeRestart: Handler = (context, ...args) =>
  runCompose(context, args, "Restart", async (session, { signal }) => {
    await changeLifecycle(session, "restart", chooseServices(session, [], true), {}, signal);
    return 0;
  });
