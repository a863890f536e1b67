import { lineAt, lineIndex } from "../../text/line-index.ts";

/**
 * Whether a comment of the file silences a rule, by any of its names, at an offset: `# dclint disable [RULE…]` on the
 * first lines for the file, `# dclint disable-line [RULE…]` behind a line or alone above it. Without names: all rules.
 */
export function readSilences(text: string): (names: readonly string[], offset: number) => boolean {
  if (!text.includes("dclint disable")) return () => false;
  const index = lineIndex(text);
  const lines = text.split("\n");
  const everywhere: ReadonlySet<string>[] = [];
  const byLine = new Map<number, ReadonlySet<string>>();
  let isHead = true;
  lines.forEach((line, number) => {
    const found = /(^|\s)#\s*dclint\s+disable(-line)?((?:\s+[\w-]+|\s*,)*)\s*$/.exec(line);
    const isAlone = line.trimStart().startsWith("#");
    if (found !== null) {
      const names = new Set(
        found[3]!
          .split(/[\s,]+/)
          .filter((name) => name !== "")
          .map((name) => name.toLowerCase()),
      );
      if (found[2] !== undefined) byLine.set(isAlone ? number + 1 : number, names);
      else if (isHead) everywhere.push(names);
    }
    isHead &&= isAlone || line.trim() === "";
  });
  const hits = (set: ReadonlySet<string> | undefined, names: readonly string[]): boolean =>
    set !== undefined && (set.size === 0 || names.some((name) => set.has(name.toLowerCase())));
  return (names, offset) =>
    everywhere.some((set) => hits(set, names)) || hits(byLine.get(lineAt(index, offset)), names);
}
