import type { Result } from "./measure.ts";

/** Results as a table: one row a bench, one column a contender, ratio and bound at the end. */
export function printTable(results: readonly Result[]): string {
  const contenders = [
    ...new Set(results.flatMap((each) => [...Object.keys(each.figures), ...Object.keys(each.failures)])),
  ];
  const header = ["bench", "unit", "n", ...contenders, "ratio", "bound", ""];
  const rows = results.map((each) => [
    each.statistic === "p95" ? `${each.name} (p95)` : each.name,
    each.unit,
    String(each.figures.berth?.samples.length ?? 0),
    ...contenders.map((name) => printFigure(each, name)),
    each.ratio?.toFixed(2) ?? "-",
    each.bound,
    each.isMet === undefined ? "" : each.isMet ? "met" : "MISSED",
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? "").length)),
  );
  const lines = [header, ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "),
  );
  const failures = results.flatMap((each) =>
    Object.entries(each.failures).map(([name, message]) => `${each.name}: ${name}: ${message.trim()}`),
  );
  return [...lines, ...failures].join("\n");
}

function printFigure(result: Result, contender: string): string {
  if (result.failures[contender] !== undefined) return "failed";
  const value = result.figures[contender]?.[result.statistic];
  return value === undefined ? "" : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
