import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { awaitFile } from "../host/await-file.ts";
import { startProgram } from "../host/run.ts";
import { JsonStore } from "../store/json-store.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

const host = fileURLToPath(new URL("./crash-fixture.ts", import.meta.url));

test("kill -9 of the engine loses no container, no log line and no exit code", async () => {
  await using fixture = await makeRoomRoot();
  const { root } = fixture;
  await mkdir(join(root, "signals"));

  const engine = startProgram({ argv: [process.execPath, host, root], stdin: "none" }, never);
  for await (const chunk of engine.stdout as AsyncIterable<Buffer>)
    if (String(chunk).includes("ready")) break;
  engine.kill("SIGKILL");
  await engine.exited;

  // Three containers end while no engine runs; conmon writes down how.
  await writeFile(join(root, "signals", "go"), "");
  const ended = (await readdir(join(root, "containers"))).filter((name) => name.endsWith(".json"));
  assert.equal(ended.length, 4);
  const ids = await idsByName(root);
  for (const name of ["seven", "fleeting", "again"]) {
    await awaitFile(join(root, "exits"), ids.get(name) ?? "", AbortSignal.timeout(10_000));
  }

  const room = await openRoom(root);
  try {
    const state = async (name: string) => (await room.containers.inspect(name, { size: false })).State;
    assert.equal((await state("ticker")).Status, "running");
    assert.equal((await state("seven")).Status, "exited");
    assert.equal((await state("seven")).ExitCode, 7);
    await assert.rejects(room.containers.inspect("fleeting", { size: false }), { kind: "not-found" });
    assert.equal((await room.containers.inspect("again", { size: false })).RestartCount, 1);

    const lines: string[] = [];
    const { chunks } = await room.containers.logs(
      "ticker",
      { stdout: true, stderr: true, follow: true, since: 0, until: 0, tail: undefined },
      AbortSignal.timeout(10_000),
    );
    for await (const chunk of chunks) {
      lines.push(String(chunk.data));
      if (lines.length === 100) break;
    }
    assert.deepEqual(
      lines,
      Array.from({ length: 100 }, (_, i) => `line ${i}\n`),
    );

    // The container is as much under control as before: exec and stop.
    const { Id } = await room.execs.create("ticker", { Cmd: ["echo", "hello"], AttachStdout: true });
    const session = await room.execs.start(Id, { detach: false, tty: false }, never);
    const words: string[] = [];
    for await (const chunk of session?.output ?? []) words.push(String(chunk.data));
    assert.deepEqual(words, ["hello\n"]);
    await room.containers.stop("ticker", { timeoutSeconds: 0 }, never);
    assert.equal((await state("ticker")).ExitCode, 137);
    await room.containers.stop("again", { timeoutSeconds: 0 }, never);
  } finally {
    await room.stop();
  }

  // Doing it again changes nothing.
  const before = await idsByName(root);
  const again = await openRoom(root);
  assert.equal((await again.containers.inspect("seven", { size: false })).State.ExitCode, 7);
  assert.deepEqual(await idsByName(root), before);
  await again.stop();
  assert.deepEqual(await readdir(join(root, "exits")), []);
});

async function idsByName(root: string): Promise<ReadonlyMap<string, string>> {
  const store = await JsonStore.open<{ readonly name: string }>(join(root, "containers"));
  return new Map([...(await store.readAll())].map(([id, document]) => [document.name, id]));
}
