import { EngineError } from "../error.ts";
import type { Digest } from "../image/resolved.ts";

const pattern = /^sha256:[0-9a-f]{64}$/;

/** True for `sha256:` and 64 lower-case hex digits, the only algorithm this engine stores. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && pattern.test(text);
}

/** `what` names the place the text came from. Throws `invalid-argument`. */
export function parseDigest(text: unknown, what: string): Digest {
  if (isDigest(text)) return text;
  throw new EngineError("invalid-argument", `${what} is not a sha256 digest: ${JSON.stringify(text)}`);
}

/** The 64 hex digits. */
export function hexOf(digest: Digest): string {
  return digest.slice("sha256:".length);
}
