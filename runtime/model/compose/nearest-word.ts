import { editDistance } from "../text/edit-distance.ts";

/** The word that was probably meant: nearest by edits (swapped neighbours count once), at most a third of its length away. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  const plain = word.toLowerCase().replaceAll("-", "_");
  for (const candidate of words) {
    const distance = editDistance(plain, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best !== undefined && bestDistance <= Math.max(1, Math.floor(best.length / 3)) ? best : undefined;
}
