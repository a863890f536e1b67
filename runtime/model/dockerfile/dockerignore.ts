import { compileGlob } from "./glob.ts";

/** One line of a `.dockerignore`. */
export interface IgnorePattern {
  /** As matched: cleaned, without `!` and leading slash. */
  readonly pattern: string;
  readonly isException: boolean;
}

export interface IgnoreMatcher {
  /** Is the file or directory at this path (relative to the context, `/` between pieces) left out? */
  readonly ignores: (relativePath: string) => boolean;
  /** May something below this directory be kept although the directory is left out? */
  readonly mayKeepBelow: (relativePath: string) => boolean;
}

/** Patterns of a file; comments (`#` as the very first character) and blank lines are gone. */
export function parseDockerignore(text: string): IgnorePattern[] {
  const patterns: IgnorePattern[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const trimmed = line.trim();
    const isException = trimmed.startsWith("!");
    const written = (isException ? trimmed.slice(1) : trimmed).trim();
    if (written === "") continue;
    const pattern = cleanPath(written).replace(/^\/+/, "");
    patterns.push({ pattern: pattern === "" ? "." : pattern, isException });
  }
  return patterns;
}

/**
 * Docker's rules: the last pattern that matches the path or one of its parents decides; `*` and `?` stay in a piece,
 * `**` is any number of pieces, `[a-z]` a class. Source: Docker docs, ".dockerignore file"; Go filepath.Match.
 */
export function compileDockerignore(patterns: readonly IgnorePattern[]): IgnoreMatcher {
  const compiled = patterns.map(({ pattern, isException }) => ({
    pieces: compilePieces(pattern),
    isException,
  }));
  const hasExceptions = compiled.some(({ isException }) => isException);
  const ignores = (relativePath: string): boolean => {
    const path = cleanPath(relativePath).replace(/^\/+/, "");
    if (path === "" || path === ".") return false;
    const pieces = path.split("/");
    let isIgnored = false;
    for (const { pieces: pattern, isException } of compiled) {
      if (isException !== isIgnored) continue;
      if (matchesPathOrParent(pattern, pieces)) isIgnored = !isException;
    }
    return isIgnored;
  };
  return { ignores, mayKeepBelow: () => hasExceptions };
}

type Piece = "**" | ((name: string) => boolean);

/** Reachable states instead of backtracking: time is pieces × pieces. */
function matchesPathOrParent(pattern: readonly Piece[], pieces: readonly string[]): boolean {
  let states = reachThroughStars(pattern, new Set([0]));
  for (const name of pieces) {
    const next = new Set<number>();
    for (const state of states) {
      const piece = pattern[state];
      if (piece === "**") next.add(state);
      else if (piece?.(name)) next.add(state + 1);
    }
    states = reachThroughStars(pattern, next);
    if (states.has(pattern.length)) return true;
    if (states.size === 0) return false;
  }
  return false;
}

function reachThroughStars(pattern: readonly Piece[], states: Set<number>): Set<number> {
  for (const state of states) {
    if (pattern[state] === "**") states.add(state + 1);
  }
  return states;
}

/** `a/**` matches what is below `a`, not `a` itself: at the end `**` is any one piece, as parents count for the rest. */
function compilePieces(pattern: string): Piece[] {
  const pieces = pattern.split("/");
  return pieces.map((piece, index) => {
    if (piece !== "**") return compileGlob(piece);
    return index === pieces.length - 1 ? () => true : "**";
  });
}

/** Like Go's `path.Clean`: `.`, `..` and doubled slashes resolved. */
export function cleanPath(path: string): string {
  const isAbsolute = path.startsWith("/");
  const pieces: string[] = [];
  for (const piece of path.split("/")) {
    if (piece === "" || piece === ".") continue;
    if (piece !== "..") pieces.push(piece);
    else if (pieces.length > 0 && pieces.at(-1) !== "..") pieces.pop();
    else if (!isAbsolute) pieces.push("..");
  }
  return (isAbsolute ? "/" : "") + (pieces.join("/") || (isAbsolute ? "" : "."));
}
