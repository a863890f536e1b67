/** Random edits of texts for tests that look for crashes: repeatable, made of what hurts parsers. */

/** Pieces that open, close or continue something in Dockerfiles, shells and YAML, and odd characters. */
export const PIECES: readonly string[] = [
  ...[
    "\n",
    " ",
    "\t",
    "\\\n",
    "\r\n",
    "#",
    '"',
    "'",
    "`",
    "$",
    "${",
    "}",
    "[",
    "]",
    "{",
    ":",
    "- ",
    "|",
    ">",
  ],
  ...[
    "<<EOF\n",
    "EOF\n",
    "--from=",
    "FROM ",
    "RUN ",
    "ONBUILD ",
    "HEALTHCHECK CMD ",
    "AS x",
    "$((",
    "&&",
    "&a ",
  ],
  ...["*a ", "!reset", "\u0000", "\uD800", "\u00e9", "\u2028", "\ufeff", "\ufffd"],
];

/** The text after one random edit: something taken out, doubled or put in. */
export function randomEdit(text: string, random: () => number, pieces: readonly string[]): string {
  const at = Math.floor(random() * (text.length + 1));
  const length = Math.floor(random() * 12);
  const piece = pieces[Math.floor(random() * pieces.length)] ?? "";
  if (random() < 0.4) return text.slice(0, at) + text.slice(at + length);
  if (random() < 0.1) return text.slice(0, at) + text.slice(at, at + 60) + text.slice(at);
  return text.slice(0, at) + piece + text.slice(at);
}

/** Repeatable random numbers from 0 to 1. Source: mulberry32, public domain. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
