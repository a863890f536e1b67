import type { Writable } from "node:stream";
import type { ProgressMessage } from "../api/types/image.ts";
import { printSize } from "./units.ts";
import { write } from "./write.ts";

/**
 * Shows a stream of progress: on a terminal one line per id, kept up to date; elsewhere each change of status once.
 * Gives the last id that was built.
 */
export async function showProgress(
  messages: AsyncIterable<ProgressMessage>,
  output: Writable,
  signal: AbortSignal,
): Promise<string | undefined> {
  const isTerminal = "isTTY" in output && output.isTTY === true;
  const lines = new Map<string, number>();
  let lineCount = 0;
  const seen = new Map<string, string>();
  let built: string | undefined;
  for await (const message of messages) {
    built = message.aux?.ID ?? built;
    if (message.stream !== undefined) await write(output, message.stream, signal);
    if (message.status === undefined) continue;
    const text = progressText(message);
    if (message.id === undefined) {
      await write(output, `${text}\n`, signal);
      lines.clear();
      lineCount = 0;
      continue;
    }
    if (!isTerminal) {
      if (seen.get(message.id) === message.status) continue;
      seen.set(message.id, message.status);
      await write(output, `${message.id}: ${message.status}\n`, signal);
      continue;
    }
    const line = lines.get(message.id);
    if (line === undefined) {
      lines.set(message.id, lineCount);
      lineCount += 1;
      await write(output, `${message.id}: ${text}\n`, signal);
      continue;
    }
    const up = lineCount - line;
    await write(output, `\x1b[${up}A\r\x1b[2K${message.id}: ${text}\x1b[${up}B\r`, signal);
  }
  return built;
}

function progressText({ status = "", progressDetail, progress }: ProgressMessage): string {
  if (progress !== undefined && progress !== "") return `${status} ${progress}`;
  const { current, total } = progressDetail ?? {};
  if (current === undefined || current === 0) return status;
  const of = total === undefined || total <= 0 ? "" : `/${printSize(total)}`;
  return `${status} ${printSize(current)}${of}`;
}
