import type { ApiFilters } from "../engine-client.ts";
import type { ApiCall, Upgraded } from "../transport.ts";

/** Undefined, false and "" are left out; true is `1`; a list repeats the key. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** How the calls reach the server; paths are without version and query. */
export interface Wire {
  readonly ping: (signal: AbortSignal) => Promise<{ readonly apiVersion: string; readonly osType: string }>;
  /** The version agreed on. */
  readonly version: (signal: AbortSignal) => Promise<string>;
  readonly json: <T>(call: ApiCall, query: Query, signal: AbortSignal) => Promise<T>;
  /** Gives back when the head of the answer is there; the body may take long. */
  readonly begin: <T>(
    call: ApiCall,
    query: Query,
    signal: AbortSignal,
  ) => Promise<{ readonly body: Promise<T> }>;
  /** For answers whose body says nothing. */
  readonly none: (call: ApiCall, query: Query, signal: AbortSignal) => Promise<void>;
  readonly bytes: (
    call: ApiCall,
    query: Query,
    signal: AbortSignal,
  ) => Promise<{
    readonly contentType: string;
    readonly header: (name: string) => string;
    readonly chunks: AsyncIterable<Buffer>;
  }>;
  readonly lines: <T>(call: ApiCall, query: Query, signal: AbortSignal) => AsyncIterable<T>;
  readonly upgrade: (call: ApiCall, query: Query, signal: AbortSignal) => Promise<Upgraded>;
}

/** The `filters` query parameter; undefined when there are none. */
export function printFilters(filters: ApiFilters | undefined): string | undefined {
  if (filters === undefined || Object.keys(filters).length === 0) return undefined;
  return JSON.stringify(filters);
}

/** A name as one segment of a path. */
export function segment(name: string): string {
  return encodeURIComponent(name);
}

/** An image's name in a path: its slashes stay. */
export function imagePath(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":").replaceAll("%40", "@");
}
