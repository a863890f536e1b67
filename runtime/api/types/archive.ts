/** The header `X-Docker-Container-Path-Stat`, decoded. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** Go's `fs.FileMode`. */
  readonly mode: number;
  readonly mtime: string;
  /** Where a symbolic link leads in the container; else empty. */
  readonly linkTarget: string;
}
