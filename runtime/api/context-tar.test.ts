import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type TestContext, test } from "node:test";
import { extract } from "tar-stream";
import { packContext } from "./context-tar.ts";

async function directoryWith(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "berth-context-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(directory, path, ".."), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}

/** `type path=content` of each entry. */
async function listTar(tar: AsyncIterable<Uint8Array>): Promise<string[]> {
  const entries: string[] = [];
  const unpacked = extract();
  const sent = pipeline(Readable.from(tar), unpacked);
  // The loop throws the same error first.
  sent.catch(() => {});
  for await (const entry of unpacked) {
    let content = "";
    for await (const chunk of entry) content += String(chunk);
    entries.push(`${entry.header.type} ${entry.header.name}=${entry.header.linkname ?? content}`);
  }
  await sent;
  return entries;
}

const signal = AbortSignal.timeout(10_000);

test("a context is files, directories and links, without what is ignored", async (t) => {
  const directory = await directoryWith(t, {
    Dockerfile: "FROM a",
    "src/ä.txt": "text",
    "src/empty": "",
    "node_modules/x": "",
  });
  await symlink("../Dockerfile", join(directory, "src/link"));
  const ignore = (path: string) => path === "node_modules";
  const tar = packContext(directory, { ignore, mayKeepBelow: () => false, signal });
  assert.deepEqual(await listTar(tar), [
    "file Dockerfile=FROM a",
    "directory src/=",
    "file src/empty=",
    "symlink src/link=../Dockerfile",
    "file src/ä.txt=text",
  ]);
});

test("a file of an ignored directory can be kept, and one from elsewhere added", async (t) => {
  const directory = await directoryWith(t, { "a/b": "1", "a/c": "2" });
  const ignore = (path: string) => path !== "a/c";
  const extraFile = { name: ".dockerfile.1", content: Buffer.from("FROM x") };
  assert.deepEqual(await listTar(packContext(directory, { ignore, extraFile, signal })), [
    "file .dockerfile.1=FROM x",
    "file a/c=2",
  ]);
});

test("what cannot be read is told, and a reader may stop early", async (t) => {
  const missing = packContext("/nowhere", { ignore: () => false, signal });
  await assert.rejects(listTar(missing), /ENOENT.*nowhere/);
  const directory = await directoryWith(t, { big: "x".repeat(1_000_000), more: "y".repeat(1_000_000) });
  for await (const _chunk of packContext(directory, { ignore: () => false, signal })) break;
});
