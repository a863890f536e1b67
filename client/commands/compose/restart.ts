import { changeLifecycle } from "../../../runtime/compose/lifecycle.ts";
import { chooseServices } from "../../../runtime/compose/session.ts";
import type { Handler } from "../context.ts";
import { namedService, runCompose } from "./project.ts";

/** Restarts the containers of a project or of one service; none is made anew. */
export const composeRestart: Handler = (context, ...args) =>
  runCompose(context, args, "Restart", async (session, { signal }) => {
    const services = chooseServices(session, namedService(args), false);
    await changeLifecycle(session, "restart", services, {}, signal);
    return 0;
  });
