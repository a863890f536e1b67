/** A table as docker prints it: columns at least 10 wide, three spaces apart, nothing after the last. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(7, ...all.map((row) => [...(row[column] ?? "")].length)));
  return all
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - [...cell].length + 3),
      );
      return `${cells.join("").trimEnd()}\n`;
    })
    .join("");
}
