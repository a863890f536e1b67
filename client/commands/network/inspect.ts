import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens what the engine says of a network. */
export const inspectNetwork: Handler = async (context, ...args) => {
  const options = { kind: "network", title: "Inspect which network?", many: "one" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    await context.documents.show(`network ${item.network.Name}`, (signal) =>
      connection.client.networks.inspect(item.network.Id, signal),
    );
  }
};
