import { chooseServices } from "../../../runtime/compose/session.ts";
import { up } from "../../../runtime/compose/up.ts";
import type { Handler } from "../context.ts";
import { namedService, runCompose } from "./project.ts";

/** Brings a project, or one service and what it needs, up: images, networks, volumes, containers. */
export const composeUp: Handler = (context, ...args) =>
  runCompose(context, args, "Up", async (session, { signal }) => {
    const containers = {
      recreate: "diverged",
      removeOrphans: false,
      renewAnonymousVolumes: false,
      start: true,
      scale: new Map<string, number>(),
    } as const;
    const services = chooseServices(session, namedService(args), true);
    await up(session, services, { images: { build: false }, containers }, signal);
    return 0;
  });
