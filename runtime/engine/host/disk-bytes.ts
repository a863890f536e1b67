import { CommandError, run } from "./run.ts";

/** What directories take on the disk, by path; one that is gone meanwhile is left out. `du -sxB1`. */
export async function diskBytesOf(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  if (paths.length === 0) return new Map();
  const parse = (text: string) => {
    const rows = text.split("\n").map((line) => /^(\d+)\t(.*)$/.exec(line));
    return new Map(rows.flatMap((row) => (row === null ? [] : [[row[2] ?? "", Number(row[1])] as const])));
  };
  const argv = ["du", "-sxB1", "--files0-from=-"] as const;
  try {
    return await run({ argv, stdin: paths.map((path) => `${path}\0`).join(""), parse }, signal);
  } catch (error) {
    // A layer may go while it is counted: the others are asked for one by one.
    if (!(error instanceof CommandError) || paths.length === 1) {
      if (error instanceof CommandError && /No such file or directory/.test(error.stderr)) return new Map();
      throw error;
    }
    const each: (readonly [string, number])[] = [];
    for (const path of paths) each.push(...(await diskBytesOf([path], signal)));
    return new Map(each);
  }
}
