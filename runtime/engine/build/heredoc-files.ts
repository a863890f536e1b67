import { mkdir, writeFile } from "node:fs/promises";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import type { CopyInstruction } from "../../model/dockerfile/types.ts";
import type { BuildRun } from "./build-run.ts";
import { onDisk, toBytes } from "./byte-path.ts";
import type { FoundSource } from "./sources.ts";
import { expand } from "./variables.ts";

/** The heredocs of a COPY as files (mode 0644) in the workspace, named as their delimiters. */
export async function writeHeredocs(
  run: BuildRun,
  { heredocs }: CopyInstruction,
  lookup: Lookup,
): Promise<FoundSource[]> {
  const sources: FoundSource[] = [];
  for (const heredoc of heredocs) {
    const name = toBytes(heredoc.name.split("/").at(-1) ?? "");
    const directory = run.workspace.newPath("heredoc");
    await mkdir(onDisk(directory), { mode: 0o700 });
    const hostPath = `${directory}/${name}`;
    const text = heredoc.expand
      ? expand(heredoc.content, lookup, { escape: run.file.escape, quotes: "keep" })
      : heredoc.content;
    await writeFile(onDisk(hostPath), text, { mode: 0o644 });
    sources.push({ name, below: name, place: { path: name, hostPath, kind: "file" } });
  }
  return sources;
}
