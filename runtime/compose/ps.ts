import type { Port } from "../api/types/container.ts";
import type { ObservedContainer } from "./observe.ts";

/** One row of `ps`. */
export interface PsRow {
  readonly name: string;
  readonly image: string;
  readonly command: string;
  readonly service: string;
  /** `2026-01-31 12:00:00Z`: a list that is kept stays true. */
  readonly created: string;
  readonly status: string;
  readonly ports: string;
}

/** A container in words. */
export function psRow(container: ObservedContainer): PsRow {
  const { summary } = container;
  return {
    name: container.name,
    image: summary.Image,
    command: JSON.stringify(shorten(summary.Command, 20)),
    service: container.service,
    created: new Date(summary.Created * 1000).toISOString().replace("T", " ").replace(".000Z", "Z"),
    status: summary.Status,
    ports: printPorts(summary.Ports ?? []),
  };
}

/** Rows as a table with a heading. */
export function printPs(rows: readonly PsRow[]): string {
  const heading: PsRow = {
    name: "NAME",
    image: "IMAGE",
    command: "COMMAND",
    service: "SERVICE",
    created: "CREATED",
    status: "STATUS",
    ports: "PORTS",
  };
  const keys = ["name", "image", "command", "service", "created", "status", "ports"] as const;
  const all = [heading, ...rows];
  const widths = keys.map((key) => Math.max(...all.map((row) => row[key].length)));
  const line = (row: PsRow): string =>
    keys.map((key, index) => row[key].padEnd(widths[index] ?? 0)).join("   ");
  return all.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** `0.0.0.0:80->80/tcp, 3306/tcp` as docker ps prints it. */
export function printPorts(ports: readonly Port[]): string {
  const texts = ports.map((port) => {
    const inner = `${port.PrivatePort}/${port.Type}`;
    if (port.PublicPort === undefined || port.PublicPort === 0) return inner;
    const address = port.IP?.includes(":") ? `[${port.IP}]` : (port.IP ?? "0.0.0.0");
    return `${address}:${port.PublicPort}->${inner}`;
  });
  return [...new Set(texts)].join(", ");
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
