import { randomBytes } from "node:crypto";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "./atomic-file.ts";

const reserveBytes = 256 * 1024;

/**
 * Room on the disk that is given back when something must be removed from a full one: taking a name out of a document
 * writes the document anew, which needs some first.
 */
export class Reserve {
  readonly #path: string;

  constructor(directory: string) {
    this.#path = join(directory, "reserve");
  }

  /** Takes the room if it is not taken; a disk that is too full for it is no failure. */
  async take(): Promise<void> {
    const there = await stat(this.#path).catch(() => undefined);
    if (there !== undefined && there.size >= reserveBytes) return;
    // Random, for file systems that store nothing for zeros.
    const text = randomBytes(reserveBytes / 2).toString("hex");
    await writeFileAtomically(this.#path, text).catch(() => {});
  }

  /** Does `work`, once more with the room given back when the disk is full. */
  async spend<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
      await rm(this.#path, { force: true });
      return await work();
    }
  }
}
