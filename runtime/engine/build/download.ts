import { createHash } from "node:crypto";
import { mkdir, open, utimes } from "node:fs/promises";
import { EngineError } from "../error.ts";
import { onDisk, toBytes } from "./byte-path.ts";
import type { FoundSource } from "./sources.ts";

/** A file that ADD fetched. */
export interface Download {
  readonly name: string;
  /** Of the content, hex. */
  readonly digest: string;
  readonly source: FoundSource;
}

const limitMs = 600_000;

/** Is it something ADD fetches? */
export function isUrl(word: string): boolean {
  return /^https?:\/\//.test(word);
}

/** Fetches an address into the new directory (byte path), under the name it ends with if none is given. Its time is the server's Last-Modified. Throws `unavailable`. */
export async function downloadSource(
  url: string,
  directory: string,
  signal: AbortSignal,
  givenName?: string,
): Promise<Download> {
  const name = givenName ?? toBytes(decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? ""));
  if (name === "" || name === "." || name === ".." || name.includes("/")) {
    throw new EngineError("invalid-argument", `cannot determine filename from url: ${url}`);
  }
  await mkdir(onDisk(directory), { mode: 0o700 });
  const hostPath = `${directory}/${name}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]) });
    if (!response.ok || response.body === null) throw new Error(`the server answered ${response.status}`);
    const hash = createHash("sha256");
    const file = await open(onDisk(hostPath), "wx", 0o600);
    try {
      for await (const chunk of response.body) {
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    const modified = Date.parse(response.headers.get("last-modified") ?? "");
    const seconds = Number.isNaN(modified) ? 0 : modified / 1000;
    await utimes(onDisk(hostPath), seconds, seconds);
    return {
      name,
      digest: hash.digest("hex"),
      source: { name, below: name, place: { path: name, hostPath, kind: "file" } },
    };
  } catch (error) {
    signal.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError("unavailable", `cannot fetch ${url}: ${reason}`, { cause: error });
  }
}
