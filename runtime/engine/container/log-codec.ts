import type { OutputChunk } from "./ports.ts";

/**
 * One record of conmon's log: `TIME STREAM TAG TEXT\n`, tag F for a whole line, P for a piece that no line end follows.
 * Source: Kubernetes CRI logging format.
 */
export interface LogRecord extends OutputChunk {
  readonly endsLine: boolean;
  /** Bytes of the record in the file, its own line end included. */
  readonly sizeBytes: number;
}

const newline = 0x0a;
const lineEnd = Buffer.from("\n");

/** Turns bytes of a log file into records; keeps what is left of an unfinished one for the next bytes. */
export class LogDecoder {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): LogRecord[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const records: LogRecord[] = [];
    let start = 0;
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, start)) {
      const record = parseRecord(all.subarray(start, end));
      if (record !== undefined) records.push(record);
      start = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(start));
    return records;
  }
}

/** Undefined for a line that is no record (a torn write after a full disk). */
function parseRecord(line: Buffer): LogRecord | undefined {
  const first = line.indexOf(0x20);
  const second = line.indexOf(0x20, first + 1);
  const third = line.indexOf(0x20, second + 1);
  if (first <= 0 || second < 0 || third < 0) return undefined;
  const stream = line.toString("latin1", first + 1, second);
  const tag = line.toString("latin1", second + 1, third);
  if (stream !== "stdout" && stream !== "stderr") return undefined;
  const endsLine = tag !== "P";
  const text = line.subarray(third + 1);
  return {
    stream: stream === "stdout" ? 1 : 2,
    data: endsLine ? Buffer.concat([text, lineEnd]) : Buffer.from(text),
    timestamp: universalTime(line.toString("latin1", 0, first)),
    endsLine,
    sizeBytes: line.length + 1,
  };
}

/** conmon writes local time with its offset; the API says UTC. */
function universalTime(text: string): string {
  const match = /^(.{19})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$/.exec(text);
  if (match === null) return text;
  const [, second = "", fraction = "", zone = "Z"] = match;
  if (zone === "Z" || zone === "+00:00") return `${second}${fraction}Z`;
  return `${new Date(`${second}${zone}`).toISOString().slice(0, 19)}${fraction}Z`;
}

/** Unix seconds with fraction. */
export function timestampSeconds(timestamp: string): number {
  const fraction = /\.([0-9]+)/.exec(timestamp)?.[1] ?? "0";
  return Math.floor(Date.parse(timestamp) / 1000) + Number(`0.${fraction}`);
}
