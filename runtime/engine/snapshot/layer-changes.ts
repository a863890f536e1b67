import { posix } from "node:path";
import type { LayerChange } from "../../api/types/build.ts";
import { readTar } from "./tar-reader.ts";

/** What a layer's archive (not compressed) changes of what is there already, sorted by path. */
export async function readLayerChanges(
  archive: AsyncIterable<Uint8Array>,
  isThere: (path: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<readonly LayerChange[]> {
  const changes: LayerChange[] = [];
  for await (const { header } of readTar(archive)) {
    signal.throwIfAborted();
    const path = header.name.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
    const name = posix.basename(path);
    if (path === "" || path === "." || name === ".wh..wh..opq") continue;
    const shown = (each: string) => `/${Buffer.from(each, "latin1").toString("utf8")}`;
    if (name.startsWith(".wh.")) {
      const removed = posix.join(posix.dirname(path), name.slice(".wh.".length));
      changes.push({ path: shown(removed), kind: "removed", sizeBytes: 0 });
      continue;
    }
    const isDirectory = header.type === "directory";
    changes.push({
      path: `${shown(path)}${isDirectory ? "/" : ""}`,
      kind: (await isThere(path)) ? "changed" : "added",
      sizeBytes: header.type === "file" ? header.sizeBytes : 0,
    });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}
