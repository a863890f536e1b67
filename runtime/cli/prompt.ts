import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { CommandContext } from "./command.ts";

type Terminal = Pick<CommandContext, "stdin" | "stdout" | "signal">;

/** One line from the terminal; empty when the input ends. */
export async function ask(question: string, { stdin, stdout, signal }: Terminal): Promise<string> {
  const reader = createInterface({ input: stdin, output: stdout });
  const ended = once(reader, "close", { signal }).then(() => "");
  try {
    return (await Promise.race([reader.question(question, { signal }), ended])).trim();
  } finally {
    reader.close();
    ended.catch(() => {});
  }
}

/** The same, with nothing of what is typed on the screen. */
export async function askSecret(question: string, { stdin, stdout, signal }: Terminal): Promise<string> {
  stdout.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: nowhere, terminal: true });
  const ended = once(reader, "close", { signal }).then(() => "");
  try {
    return await Promise.race([reader.question("", { signal }), ended]);
  } finally {
    reader.close();
    ended.catch(() => {});
    stdout.write("\n");
  }
}
