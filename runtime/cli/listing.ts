import { text } from "./command-line.ts";
import { printTable } from "./table.ts";
import { compileTemplate } from "./template/template.ts";

/** `--format` of every command that lists something. */
export const formatFlag = text("FORMAT", "table, table TEMPLATE, json, or a Go template");

/** One line of a listing: text per field; `Label` gives one label's value, as `{{.Label "name"}}`. */
export type Row<Field extends string> = Readonly<Record<Field, string>> & {
  readonly Label?: (name: string) => string;
};

/** A listing's fields, by the names that templates of the docker command use. */
export interface Listing<Field extends string> {
  /** What stands above each field in a table. */
  readonly titles: Readonly<Record<Field, string>>;
  /** The fields of the table that nobody asked to be different. */
  readonly columns: readonly Field[];
}

/** Throws `UsageError` for a format that is not one. */
export function printListing<Field extends string>(
  { titles, columns }: Listing<Field>,
  rows: readonly Row<Field>[],
  format: string | undefined,
): string {
  if (format === undefined || format === "table") {
    const cells = rows.map((row) => columns.map((field) => row[field]));
    return printTable(
      columns.map((field) => titles[field]),
      cells,
    );
  }
  const [, tableTemplate] = /^table\s+(.*)$/s.exec(format) ?? [];
  const print = compileTemplate(tableTemplate ?? format);
  if (tableTemplate === undefined) return rows.map((row) => `${print(row)}\n`).join("");
  const header = print({ ...titles, Label: (name: string) => name.split(".").at(-1)?.toUpperCase() ?? "" });
  return printTable(
    header.split("\t"),
    rows.map((row) => print(row).split("\t")),
  );
}

/** Labels as listings show them, and the way to a single one. */
export function labelFields(labels: Readonly<Record<string, string>> | null | undefined) {
  const all = labels ?? {};
  return {
    Labels: Object.entries(all)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(","),
    Label: (name: string) => (Object.hasOwn(all, name) ? (all[name] ?? "") : ""),
  };
}

/** A moment as docker's listings print it: `2026-01-31 12:00:00 +0000 UTC`. */
export function printMoment(date: Date): string {
  return `${date.toISOString().replace("T", " ").slice(0, 19)} +0000 UTC`;
}
