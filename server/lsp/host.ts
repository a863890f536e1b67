/** What the server needs from the machine it runs on; `main.ts` gives the real one. */
export interface Host {
  /** The text of a file; undefined when there is none or it is larger than 1 MiB. Never throws. */
  readFile(path: string): Promise<string | undefined>;
  /** Variables for interpolation in Compose files. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
