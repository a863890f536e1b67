/** What the caller can do about a failure; the only thing the HTTP layer looks at. */
export type ErrorKind =
  | "invalid-argument"
  | "not-found"
  | "conflict"
  | "not-modified"
  | "unauthorized"
  | "forbidden"
  | "unavailable"
  | "not-implemented"
  | "internal";

/**
 * An expected failure. The message says what was asked and what stood in the way:
 * `cannot remove network "shop_default": 2 endpoints are attached`. Anything else that is thrown is a bug.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
