import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { instanceId } from "../host/instance.ts";
import { readMounts } from "../host/mount.ts";
import { startProgram } from "../host/run.ts";
import { makeRoomRoot, never, openRoom } from "./room-fixture.ts";

const host = fileURLToPath(new URL("./random-kills-fixture.ts", import.meta.url));
const rounds = 24;
const longestMs = 700;

test("kill -9 at random moments of create, cp, start, exec, stop and rm: all is repaired, nothing is left", async () => {
  await using fixture = await makeRoomRoot();
  const { root } = fixture;
  for (let round = 0; round < rounds; round++) {
    const engine = startProgram({ argv: [process.execPath, host, root], stdin: "none" }, never);
    for await (const chunk of engine.stdout as AsyncIterable<Buffer>)
      if (String(chunk).includes("ready")) break;
    // Spread over all that it does; where it hits is chance.
    await delay(((round * 37) % rounds) * (longestMs / rounds));
    engine.kill("SIGKILL");
    await engine.exited;
  }

  const room = await openRoom(root);
  try {
    const rows = await room.containers.list({ all: true, limit: undefined, size: false, filters: {} });
    for (const row of rows) {
      assert.match(row.State, /^(created|running|exited)$/);
      if (row.State === "running") {
        // What is said to run does: it can be entered.
        const { Id } = await room.execs.create(row.Id, { Cmd: ["echo", "in"], AttachStdout: true });
        const session = await room.execs.start(Id, { detach: false, tty: false }, never);
        let text = "";
        for await (const chunk of session?.output ?? []) text += chunk.data;
        assert.equal(text, "in\n");
      }
      await room.containers.remove(row.Id, { force: true, removeVolumes: true }, never);
    }
  } finally {
    await room.stop();
  }
  assert.deepEqual(
    (await readMounts()).filter((mount) => mount.target.startsWith(root)),
    [],
  );
  for (const place of ["containers", "exits", "run/c", "run/e", "run/v", "roots"]) {
    assert.deepEqual(await readdir(join(root, place)).catch(() => []), [], place);
  }
  for (const controller of ["", "memory", "pids", "freezer"]) {
    assert.equal(
      existsSync(join("/sys/fs/cgroup", controller, `berth-${instanceId(root)}`)),
      false,
      controller,
    );
  }
});
