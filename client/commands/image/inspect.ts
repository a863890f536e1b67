import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens what the engine says of an image. */
export const inspectImage: Handler = async (context, ...args) => {
  const options = { kind: "image", title: "Inspect which image?", many: "one" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    await context.documents.show(`image ${item.reference}`, (signal) =>
      connection.client.images.inspect(item.reference, signal),
    );
  }
};
