import type { Handler } from "./context.ts";

/** Reads all lists of all engines again; events do this by themselves, so it is for doubters. */
export const refreshLists: Handler = async (context) => {
  for (const connection of context.connections.connected()) context.listsOf(connection.id)?.refresh();
};
