import type { Flag } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";

/** Flags that are on or off: without a value they are on. */
export const BOOLEAN_FLAGS: ReadonlySet<string> = new Set(["link", "parents", "keep-git-dir", "unpack"]);

/** The flag's name without its dashes. */
export function nameRangeOf({ nameRange }: Flag): OffsetRange {
  return { start: Math.min(nameRange.start + 2, nameRange.end), end: nameRange.end };
}
