import { observe } from "../../../runtime/compose/observe.ts";
import { printPs, psRow } from "../../../runtime/compose/ps.ts";
import { toTerminal } from "../../terminals/pace.ts";
import type { Handler } from "../context.ts";
import { runCompose } from "./project.ts";

/** Lists a project's containers, those that ended too. */
export const composePs: Handler = (context, ...args) =>
  runCompose(context, args, "Ps", async ({ client, project }, { write, signal }) => {
    const { containers } = await observe(client, project, signal);
    write(toTerminal(printPs(containers.map(psRow))));
    return 0;
  });
