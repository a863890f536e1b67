import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { onDisk } from "./byte-path.ts";
import type { ContextFiles } from "./context.ts";
import { downloadSource, isUrl } from "./download.ts";
import { fetchRepository, isGitAddress } from "./repository.ts";
import { isArchive, unpackArchive } from "./unpack-archive.ts";
import type { BuildWorkspace } from "./workspace.ts";

const maxDockerfileBytes = 1 << 20;

/**
 * Fetches a context from its address: a repository (`URL#REF:DIRECTORY`), an archive, or a Dockerfile alone. Throws
 * `unavailable` when it cannot be fetched, `invalid-argument` for anything else. Source: Docker docs, "Build context".
 */
export async function fetchContext(
  address: string,
  workspace: BuildWorkspace,
  signal: AbortSignal,
): Promise<ContextFiles> {
  if (isGitAddress(address)) {
    const directory = workspace.newPath("repository");
    const { place } = await fetchRepository(address, { directory, gitDirectory: "remove" }, signal);
    return { root: place.hostPath };
  }
  if (!isUrl(address)) {
    const message = `cannot build from "${address}": a context's address is a repository's, or begins with http:// or https://`;
    throw new EngineError("invalid-argument", message);
  }
  const { source } = await downloadSource(address, workspace.newPath("download"), signal, "context");
  const { hostPath } = source.place;
  const root = workspace.newPath("context");
  await mkdir(onDisk(root), { mode: 0o755 });
  const read = () => createReadStream(onDisk(hostPath), { signal });
  if (await isArchive(read(), signal)) {
    await unpackArchive(read(), { root, directory: "", owner: { uid: 0, gid: 0 } }, signal);
    return { root };
  }
  const { size } = await stat(onDisk(hostPath));
  if (size > maxDockerfileBytes) {
    const message = `cannot build from ${address}: it is no archive, and too long for a Dockerfile (${size} bytes)`;
    throw new EngineError("invalid-argument", message);
  }
  let dockerfile = "";
  for await (const chunk of read().setEncoding("utf8")) dockerfile += String(chunk);
  return { root, dockerfile };
}
