import type { Handler } from "../context.ts";
import { chooseTargets } from "../targets.ts";

/** Opens how an image was made, newest step first. */
export const showImageHistory: Handler = async (context, ...args) => {
  const options = { kind: "image", title: "Show the history of which image?", many: "one" } as const;
  for (const { connection, item } of await chooseTargets(context, args, options)) {
    await context.documents.show(`history ${item.reference}`, (signal) =>
      connection.client.images.history(item.reference, signal),
    );
  }
};
