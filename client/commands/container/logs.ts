import { openLogs } from "../../terminals/logs.ts";
import { containerName } from "../../views/containers.ts";
import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Follows the output of the selected containers, a terminal each. */
export const showContainerLogs: Handler = async (context, ...args) => {
  const options = { kind: "container", title: "Show the logs of which containers?", many: "many" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    openLogs(connection, { id: item.container.Id, name: containerName(item.container) });
  }
};
