import { createHash } from "node:crypto";
import { packTree } from "../snapshot/pack-tree.ts";
import { toText } from "./byte-path.ts";
import type { PlaceInRoot } from "./in-root.ts";

/**
 * A digest (hex) of all that a copy from a stage or image takes over: names, kinds, modes, owners, contents, links and
 * extended attributes; times do not count.
 */
export async function digestFiles({ hostPath, kind }: PlaceInRoot, signal: AbortSignal): Promise<string> {
  const slash = hostPath.lastIndexOf("/");
  const isDirectory = kind === "directory";
  const directory = toText(isDirectory ? hostPath : hostPath.slice(0, slash));
  const name = isDirectory ? "." : `./${toText(hostPath.slice(slash + 1))}`;
  const hash = createHash("sha256");
  for await (const chunk of packTree(directory, signal, { name, times: "none" })) hash.update(chunk);
  return hash.digest("hex");
}
