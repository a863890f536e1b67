import { readFile } from "node:fs/promises";
import type { Logger } from "../log.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";
import type { SnapshotIndex } from "./snapshot-index.ts";

/** Changes with every start of the machine. Source: proc_sys_kernel(5), `random/boot_id`. */
export async function currentBoot(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
}

/**
 * Brings the files of new layers to the disk behind the back of who made them: one sync of the file system, which others
 * may be writing to as well, can take longer than a pull. Until then their records name the boot they belong to, so that
 * the first start after a power cut knows which layers it cannot trust.
 */
export class Settlement {
  readonly #index: SnapshotIndex;
  readonly #files: SnapshotFiles;
  readonly #log: Logger;
  #isWanted = false;
  #running: Promise<void> | undefined;

  constructor(index: SnapshotIndex, files: SnapshotFiles, log: Logger) {
    this.#index = index;
    this.#files = files;
    this.#log = log;
  }

  /** Does it for all layers there are now; comes back at once. */
  schedule(): void {
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** When nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      const numbers = this.#index.list().flatMap(({ number, unsettled }) => (unsettled ? [number] : []));
      if (numbers.length === 0) continue;
      try {
        await this.#files.syncAll();
        for (const number of numbers) {
          await this.#index.update(number, ({ unsettled: _done, ...record }) => record);
        }
      } catch (error) {
        // A full disk, say: the next layer, or the next start, brings another try.
        this.#log.warn("layers could not be brought to the disk yet", { error });
      }
    }
  }
}
