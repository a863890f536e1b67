import type { Writable } from "node:stream";
import type { ProgressMessage } from "../api/types/image.ts";
import { printSize } from "./units.ts";
import { write } from "./write.ts";

/**
 * Shows a stream of progress: on a terminal one line with a bar per id, kept up to date; elsewhere each change of status
 * once. Gives the last id that was built.
 */
export async function showProgress(
  messages: AsyncIterable<ProgressMessage>,
  output: Writable,
  signal: AbortSignal,
): Promise<string | undefined> {
  const show = isTerminal(output) ? onTerminal(() => output.columns) : inPlainText();
  let built: string | undefined;
  for await (const message of messages) {
    built = message.aux?.ID ?? built;
    if (message.stream !== undefined) await write(output, message.stream, signal);
    const text = show(message);
    if (text !== "") await write(output, text, signal);
  }
  return built;
}

type Show = (message: ProgressMessage) => string;

function inPlainText(): Show {
  const seen = new Map<string, string>();
  return ({ id, status }) => {
    if (status === undefined) return "";
    if (id === undefined) return `${status}\n`;
    if (seen.get(id) === status) return "";
    seen.set(id, status);
    return `${id}: ${status}\n`;
  };
}

/** Lines are redrawn where they stand: the cursor goes up to them and back. */
function onTerminal(columns: () => number): Show {
  const lines = new Map<string, number>();
  let count = 0;
  return (message) => {
    const { id, status } = message;
    if (status === undefined) return "";
    if (id === undefined) {
      lines.clear();
      count = 0;
      return `${status}\n`;
    }
    const text = progressLine(message, columns());
    const line = lines.get(id);
    if (line === undefined) {
      lines.set(id, count);
      count += 1;
      return `${text}\n`;
    }
    const up = count - line;
    return `\x1b[${up}A\r\x1b[2K${text}\x1b[${up}B\r`;
  };
}

/** `a1b2c3: Downloading [=====>     ] 12MB/30MB`, never longer than the terminal is wide: a wrapped line would not be found again. */
export function progressLine({ id, status, progressDetail }: ProgressMessage, columns: number): string {
  const { current = 0, total = 0 } = progressDetail ?? {};
  const start = `${id}: ${status}`;
  if (current <= 0) return start.slice(0, columns - 1);
  const amount = total > 0 ? `${printSize(current)}/${printSize(total)}` : printSize(current);
  const room = Math.min(50, columns - start.length - amount.length - 6);
  if (total <= 0 || room < 10) return `${start} ${amount}`.slice(0, columns - 1);
  const done = Math.min(room, Math.floor((current / total) * room));
  const bar = done < room ? `${"=".repeat(done)}>`.padEnd(room) : "=".repeat(room);
  return `${start} [${bar}] ${amount}`;
}

function isTerminal(output: Writable): output is Writable & { readonly columns: number } {
  return "isTTY" in output && output.isTTY === true;
}
