import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens what the engine says of a volume. */
export const inspectVolume: Handler = async (context, ...args) => {
  const options = { kind: "volume", title: "Inspect which volume?", many: "one" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    await context.documents.show(`volume ${item.volume.Name}`, (signal) =>
      connection.client.volumes.inspect(item.volume.Name, signal),
    );
  }
};
