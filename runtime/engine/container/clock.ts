/** Now as RFC 3339 with nanoseconds, as the API shows times. */
export function timestampNow(): string {
  const below = String(process.hrtime.bigint() % 1_000_000n).padStart(6, "0");
  return new Date().toISOString().replace("Z", `${below}Z`);
}
