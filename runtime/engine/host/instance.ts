import { createHash } from "node:crypto";
import { resolve } from "node:path";

/** Names everything of one engine that is seen by the whole host: 8 hex digits of its root directory's SHA-256. */
export function instanceId(root: string): string {
  return createHash("sha256").update(resolve(root)).digest("hex").slice(0, 8);
}
