import { editDistance } from "./edit-distance.ts";

/** The candidate nearest in spelling, at most two edits away (one for short names). */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let limit = name.length <= 4 ? 1 : 2;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance > 0 && distance <= limit) {
      best = candidate;
      limit = distance - 1;
    }
  }
  return best;
}
