import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { defaultDetachKeys, parseDetachKeys } from "../../api/detach-keys.ts";
import { EngineError } from "../error.ts";
import type { Decoder } from "./decode.ts";
import { parseJsonBody } from "./json-body.ts";

/** A request as a handler sees it: where it went, what it asks, and until when somebody waits for the answer. */
export interface Call {
  /** `1.24` … `1.50`. */
  readonly version: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Ends when the client is gone or the engine stops: for what is done only for this client. */
  readonly signal: AbortSignal;
  /** Ends when the engine stops: for changes that must not stop half way because a client went away. */
  readonly engineSignal: AbortSignal;
}

/** A named part of the path; the route has it, so it is there. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? "";
}

/** The JSON body. Throws `invalid-argument` for a wrong media type, bad JSON, or JSON of another shape. */
export async function jsonBody<T>(call: Call, decode: Decoder<T>): Promise<T> {
  return await parseJsonBody(call.headers, call.body, decode);
}

/** A query parameter as Docker reads booleans: absent, empty, `0`, `no`, `false`, `none` are false. */
export function flag(call: Call, name: string, fallback = false): boolean {
  const value = call.query.get(name);
  if (value === null) return fallback;
  return !["", "0", "no", "false", "none"].includes(value.trim().toLowerCase());
}

/** A query parameter that is a whole number. Throws `invalid-argument`. */
export function integer(call: Call, name: string): number | undefined {
  const value = call.query.get(name);
  if (value === null || value === "") return undefined;
  if (!/^[+-]?\d{1,15}$/.test(value)) {
    throw new EngineError("invalid-argument", `query parameter ${name}: "${value}" is not a whole number`);
  }
  return Number(value);
}

/** A query parameter; undefined when absent or empty. */
export function text(call: Call, name: string): string | undefined {
  return call.query.get(name) || undefined;
}

/** A query parameter that holds JSON of a shape. Throws `invalid-argument`. */
export function jsonQuery<T>(call: Call, name: string, decode: Decoder<T>): T | undefined {
  const value = text(call, name);
  if (value === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    throw new EngineError("invalid-argument", `query parameter ${name} is not JSON: ${value.slice(0, 100)}`);
  }
  return decode(parsed, name);
}

/** Detach keys as bytes; Docker's when none are named. Throws `invalid-argument`. */
export function detachKeys(names: string | undefined): Buffer {
  try {
    return parseDetachKeys(names ?? defaultDetachKeys);
  } catch (error) {
    throw new EngineError("invalid-argument", error instanceof Error ? error.message : String(error));
  }
}

/**
 * A point in time of `since` and `until`: Unix seconds with a fraction, a time of RFC 3339, or a duration that is
 * counted back from now (`10m`, `1h30m`). 0 when absent. Throws `invalid-argument`.
 */
export function timestamp(call: Call, name: string, nowMs: number): number {
  const value = text(call, name);
  if (value === undefined) return 0;
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gy)];
  const matched = parts.reduce((length, part) => length + part[0].length, 0);
  if (parts.length > 0 && matched === value.length) {
    const unit = { ms: 0.001, s: 1, m: 60, h: 3600 };
    const seconds = parts.reduce(
      (sum, part) => sum + Number(part[1]) * unit[part[2] as keyof typeof unit],
      0,
    );
    return nowMs / 1000 - seconds;
  }
  const time = Date.parse(value);
  if (Number.isNaN(time)) {
    throw new EngineError("invalid-argument", `query parameter ${name}: "${value}" is no point in time`);
  }
  return time / 1000;
}
