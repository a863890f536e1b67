import type { ApiFilters } from "../api/engine-client.ts";
import { list, UsageError } from "./command-line.ts";

/** `--filter KEY=VALUE`. */
export const filterFlag = list("FILTER", "Filter by KEY=VALUE", "f");

/** The same where `-f` is `--force`. */
export const pruneFilterFlag = list("FILTER", "Only those that match KEY=VALUE");

/** Throws `UsageError`. */
export function parseFilters(texts: readonly string[]): ApiFilters {
  const filters = new Map<string, string[]>();
  for (const each of texts) {
    const [, key, value] = /^\s*([^=\s]+)\s*=\s*(.*)$/s.exec(each) ?? [];
    if (key === undefined || value === undefined) {
      throw new UsageError(
        `invalid argument "${each}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
      );
    }
    filters.set(key, [...(filters.get(key) ?? []), value]);
  }
  return Object.fromEntries(filters);
}
