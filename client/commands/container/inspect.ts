import { containerName } from "../../views/containers.ts";
import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens what the engine says of a container. */
export const inspectContainer: Handler = async (context, ...args) => {
  const options = { kind: "container", title: "Inspect which container?", many: "one" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    await context.documents.show(`container ${containerName(item.container)}`, (signal) =>
      connection.client.containers.inspect(item.container.Id, signal),
    );
  }
};
