import type { CommandContext } from "./command.ts";
import { onOff } from "./command-line.ts";
import { ask } from "./prompt.ts";

/** `--force` of what removes things. */
export const forceFlag = onOff("Do not ask", "f");

/** Asks before something goes for good. Anything but yes, the end of input too, is no. */
export async function confirm(force: boolean, warning: string, context: CommandContext): Promise<boolean> {
  if (force) return true;
  context.stdout.write(`WARNING! ${warning}\n`);
  return /^y(es)?$/i.test(await ask("Are you sure you want to continue? [y/N] ", context));
}
