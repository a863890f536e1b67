interface Entry {
  readonly name: string;
  readonly ms: number;
}

/** What the engine's debug log says its time went to, per sample, longest first: commands and requests with their durations. */
export function printSteps(log: string, samples: number): string {
  const sums = new Map<string, { count: number; ms: number }>();
  for (const { name, ms } of log.split("\n").flatMap(parseEntry)) {
    const sum = sums.get(name) ?? { count: 0, ms: 0 };
    sums.set(name, { count: sum.count + 1, ms: sum.ms + ms });
  }
  const rows = [...sums].sort(([, a], [, b]) => b.ms - a.ms).slice(0, 12);
  const lines = rows.map(
    ([name, { count, ms }]) =>
      `  ${(ms / samples).toFixed(1).padStart(8)} ms in ${(count / samples).toFixed(1).padStart(5)} of  ${name}`,
  );
  return ["Where Berth's time goes, per sample (steps overlap):", ...lines].join("\n");
}

function parseEntry(line: string): Entry[] {
  if (!line.startsWith("{")) return [];
  try {
    const { ms, argv, method, url, message } = JSON.parse(line) as Record<string, unknown>;
    if (typeof ms !== "number") return [];
    const words = Array.isArray(argv) ? argv.slice(0, 2).map(String).join(" ") : undefined;
    const request = method === undefined ? undefined : `${method} ${withoutNames(String(url))}`;
    return [{ name: words ?? request ?? String(message), ms }];
  } catch {
    return [];
  }
}

function withoutNames(path: string): string {
  return path.replace(/\?.*/, "").replaceAll(/\/[0-9a-f]{12,}|\/[a-z]+-\d+(-\d+)?/g, "/ID");
}
