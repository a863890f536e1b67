/** 12 characters of an id, without its algorithm: how every tool shows it. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** `12.3 MB`: decimal units, three digits. */
export function printSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** `3 minutes ago`; both in Unix seconds. */
export function printAge(thenSeconds: number, nowSeconds: number): string {
  const age = Math.max(0, nowSeconds - thenSeconds);
  const steps: readonly (readonly [string, number])[] = [
    ["year", 365 * 86_400],
    ["month", 30 * 86_400],
    ["week", 7 * 86_400],
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const step = steps.find(([, seconds]) => age >= seconds);
  if (step === undefined) return "just now";
  const count = Math.floor(age / step[1]);
  return `${count} ${step[0]}${count === 1 ? "" : "s"} ago`;
}

/** Text that markdown shows as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~]/g, "\\$&");
}

/** A table of two columns for a tooltip; rows without a value are left out. */
export function printTooltip(
  title: string,
  rows: readonly (readonly [string, string | undefined])[],
): string {
  const lines = rows.flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [`| ${escapeMarkdown(name)} | ${escapeMarkdown(value)} |`],
  );
  return [`**${escapeMarkdown(title)}**`, "", "| | |", "|---|---|", ...lines].join("\n");
}
