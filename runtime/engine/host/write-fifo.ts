import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Writes a short text into a FIFO that somebody reads; throws ENXIO at once when nobody does. */
export async function writeFifo(path: string, text: string): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  await file.write(text);
}
