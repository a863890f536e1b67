import type { Entry } from "../../compose/tree.ts";
import type { Sibling } from "./written.ts";

/** Compares two siblings; negative: the first comes first. */
export type Order = (left: Sibling, right: Sibling) => number;

/** Alphabetical, independent of the reader's language. */
export const byName: Order = (left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);

/** By a list of names; what is not in it comes last, as it stands. */
export function byList(names: readonly string[]): Order {
  const rank = ({ name }: Sibling): number => {
    const index = names.indexOf(name);
    return index < 0 ? names.length : index;
  };
  return (left, right) => rank(left) - rank(right);
}

/** The first sibling that should stand before the one above it. */
export function firstUnordered(siblings: readonly Sibling[], order: Order): Sibling | undefined {
  return siblings.find((one, index) => {
    const before = siblings[index - 1];
    return before !== undefined && order(one, before) < 0;
  });
}

/** Entries as siblings; those that a merge key brings in stand elsewhere and do not count. */
export function entriesAsSiblings(
  entries: readonly Entry[],
  within: { start: number; end: number },
): readonly Sibling[] {
  return entries
    .filter(({ keyPlace: { range } }) => within.start <= range.start && range.end <= within.end)
    .map(({ key, keyPlace, value }) => ({
      name: key,
      start: keyPlace.range.start,
      end:
        value.place.range.start >= keyPlace.range.start
          ? Math.max(keyPlace.range.end, value.place.range.end)
          : keyPlace.range.end,
    }))
    .toSorted((left, right) => left.start - right.start);
}
