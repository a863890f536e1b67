import type { Connection } from "../connections/connection.ts";
import { type CommandContext, chooseConnection, connectionOf } from "./context.ts";
import { selectedRows } from "./targets.ts";

/** Where something new is to be made: on the engine whose row was clicked, else on one the user chooses. */
export async function connectionForNew(
  context: CommandContext,
  args: readonly unknown[],
): Promise<Connection | undefined> {
  const [row] = selectedRows(args);
  return row === undefined ? await chooseConnection(context) : connectionOf(context, row.connectionId);
}
