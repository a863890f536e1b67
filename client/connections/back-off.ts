/** How long to wait before try number `failures` + 1: half a second, doubling, at most 30 s. */
export function backOffMs(failures: number): number {
  return Math.min(30_000, 500 * 2 ** Math.max(0, failures - 1));
}
