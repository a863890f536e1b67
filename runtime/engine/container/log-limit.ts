import type { HostConfig } from "../../api/types/container.ts";
import { EngineError } from "../error.ts";
import { parseSize } from "./size.ts";

/** How much of a container's output is kept. */
export interface LogLimit {
  /** A file that reaches it is closed, and another one begun. */
  readonly sizeBytes: number;
  /** With the one that is written. */
  readonly files: number;
}

const standard: LogLimit = { sizeBytes: 10 * 1024 * 1024, files: 5 };
/** Output of a container without a log still passes through a file to those who are attached. */
const withoutLog: LogLimit = { sizeBytes: 1024 * 1024, files: 2 };
const leastBytes = 4096;
const mostFiles = 1000;

/**
 * The limit of a container: `max-size` and `max-file`, 10 MB and 5 by default; undefined when `max-size` is -1.
 * Throws `invalid-argument`.
 */
export function logLimit(host: HostConfig): LogLimit | undefined {
  const { Type, Config = {} } = host.LogConfig ?? {};
  if (Type === "none") return withoutLog;
  const { "max-size": size, "max-file": count } = Config ?? {};
  if (count !== undefined && !/^[1-9]\d{0,3}$/.test(count)) {
    throw new EngineError(
      "invalid-argument",
      `log option max-file must be a number from 1 to ${mostFiles}: ${count}`,
    );
  }
  const files = count === undefined ? standard.files : Math.min(Number(count), mostFiles);
  if (size === "-1") return undefined;
  const sizeBytes = size === undefined ? standard.sizeBytes : parseSize(size);
  if (sizeBytes < leastBytes) {
    throw new EngineError("invalid-argument", `log option max-size is too small: ${size}`);
  }
  return { sizeBytes, files };
}

/** Can the log be asked for later? */
export function isReadable(host: HostConfig): boolean {
  return host.LogConfig?.Type !== "none";
}
