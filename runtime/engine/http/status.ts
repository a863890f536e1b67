import { EngineError, type ErrorKind } from "../error.ts";

/** The one table from what went wrong to the status of the answer. */
const statuses: Readonly<Record<ErrorKind, number>> = {
  "invalid-argument": 400,
  "not-found": 404,
  conflict: 409,
  "not-modified": 304,
  unauthorized: 401,
  forbidden: 403,
  unavailable: 503,
  "not-implemented": 501,
  internal: 500,
};

export interface Failure {
  readonly status: number;
  readonly message: string;
  /** True when it is a bug of ours and belongs into the log with its stack. */
  readonly isBug: boolean;
}

/** Messages repeat what was asked; nobody reads more of it than this. */
const longestMessage = 2000;

/** What a client is told about `error`. */
export function failureOf(error: unknown): Failure {
  if (error instanceof EngineError) {
    return { status: statuses[error.kind], message: shorten(error.message), isBug: false };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, message: shorten(`internal error: ${message}`), isBug: true };
}

function shorten(message: string): string {
  if (message.length <= longestMessage) return message;
  return `${message.slice(0, longestMessage / 2)} … ${message.slice(-longestMessage / 2)}`;
}
