import type { Disk } from "../../runtime/model/lint/compose/gather.ts";

/** What the server needs from the machine it runs on; `main.ts` gives the real one. Nothing of it throws. */
export interface Host extends Disk {
  /** The text of a file; undefined when there is none or it is larger than 1 MiB. */
  readFile(path: string): Promise<string | undefined>;
  /** Names in a directory, those of directories with a slash behind them; none where it cannot be read. */
  list(directory: string): Promise<readonly string[]>;
  /** Who listens on ports of this machine: `80/tcp` → `nginx`; what containers publish is left out. */
  portOwners(): Promise<ReadonlyMap<string, string>>;
  /** Variables for interpolation in Compose files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
