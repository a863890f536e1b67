import { chooseServices } from "../../../runtime/compose/session.ts";
import { up } from "../../../runtime/compose/up.ts";
import type { Handler } from "../context.ts";
import { runCompose } from "./project.ts";

/** Brings a project up: images, networks, volumes, containers. */
export const composeUp: Handler = (context, ...args) =>
  runCompose(context, args, "Up", async (session, { signal }) => {
    const containers = {
      recreate: "diverged",
      removeOrphans: false,
      renewAnonymousVolumes: false,
      start: true,
      scale: new Map<string, number>(),
    } as const;
    await up(session, chooseServices(session, [], true), { images: { build: false }, containers }, signal);
    return 0;
  });
