import { mkdir, realpath } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { mountOverlay, readMounts, unmountTarget } from "../host/mount.ts";
import { CommandError, run } from "../host/run.ts";
import type { Logger } from "../log.ts";
import { isMissing } from "../store/atomic-file.ts";
import { KeyedLock } from "../store/keyed-lock.ts";

export interface SnapshotMount {
  /** The snapshot's number; undefined for a read-only mount, which has no writable layer. */
  readonly upper: number | undefined;
  /** Relative directories, topmost first; may be empty. */
  readonly lower: readonly string[];
}

/**
 * Overlay mounts of one engine's snapshots. Their source is `berth-INSTANCE-N`, `ro` in place of N for read-only ones: so
 * they are found again without notes, also by the next engine.
 */
export class SnapshotMounts {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #options: readonly string[];
  readonly #log: Logger;
  readonly #locks = new KeyedLock();

  /** `directory` is where relative paths start; it holds `empty/a` and `empty/b`. */
  constructor(directory: string, instance: string, options: readonly string[], log: Logger) {
    this.#directory = directory;
    this.#prefix = `berth-${instance}-`;
    this.#options = options;
    this.#log = log;
  }

  /** Does nothing when this very snapshot is mounted there already; `conflict` when something else is. */
  async mount({ upper, lower }: SnapshotMount, target: string, signal: AbortSignal): Promise<void> {
    await mkdir(target, { recursive: true, mode: 0o711 });
    const path = await realpath(target);
    const source = this.#sourceOf(upper);
    await this.#locks.run(path, async () => {
      const there = (await readMounts()).findLast((entry) => entry.target === path);
      if (there?.source === source && upper !== undefined) return;
      if (there !== undefined) {
        throw new EngineError(
          "conflict",
          `cannot mount a snapshot at ${path}: ${there.source} is mounted there`,
        );
      }
      // Overlayfs wants a lower directory beside a writable one, and two without.
      const filler = upper === undefined && lower.length === 0 ? ["empty/a", "empty/b"] : ["empty/a"];
      const writable =
        upper === undefined ? {} : { upper: { directory: `${upper}/diff`, work: `${upper}/work` } };
      const overlay = { source, target: path, cwd: this.#directory, options: this.#options, ...writable };
      await run(mountOverlay({ ...overlay, lower: [...lower, ...filler] }), signal);
    });
  }

  /** Takes every overlay mount off `target`: one may hide another. */
  async unmount(target: string, signal: AbortSignal): Promise<void> {
    const path = await realpath(target).catch((error: unknown) => {
      if (isMissing(error)) return target;
      throw error;
    });
    await this.#locks.run(path, async () => {
      for (const entry of await readMounts()) {
        if (entry.target === path && entry.fsType === "overlay") await this.#unmount(path, signal);
      }
    });
  }

  /** Unmounts a snapshot wherever it is mounted. */
  async unmountSnapshot(number: number, signal: AbortSignal): Promise<void> {
    for (const entry of await readMounts()) {
      if (entry.source === this.#sourceOf(number)) await this.#unmount(entry.target, signal);
    }
  }

  /** Unmounts what this instance mounted, but for the snapshots `numbers`. */
  async unmountAllBut(numbers: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    const kept = new Set([...numbers].map((number) => this.#sourceOf(number)));
    for (const entry of await readMounts()) {
      const isOurs = entry.fsType === "overlay" && entry.source.startsWith(this.#prefix);
      if (isOurs && !kept.has(entry.source)) await this.#unmount(entry.target, signal);
    }
  }

  async #unmount(target: string, signal: AbortSignal): Promise<void> {
    try {
      await run(unmountTarget(target, "now"), signal);
    } catch (error) {
      if (!(error instanceof CommandError) || !error.stderr.includes("busy")) throw error;
      this.#log.warn("a snapshot was busy when it was unmounted", { target });
      await run(unmountTarget(target, "lazy"), signal);
    }
  }

  #sourceOf(upper: number | undefined): string {
    return `${this.#prefix}${upper ?? "ro"}`;
  }
}
