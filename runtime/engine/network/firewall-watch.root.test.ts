import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { startProgram } from "../host/run.ts";

/** Stands for the engine: starts the watch as the engine does, tells its process id and waits. */
const engine = `
  const { startProgram } = await import(process.argv[1]);
  const { nftMonitorArgv } = await import(process.argv[2]);
  console.log(startProgram({ argv: nftMonitorArgv, stdin: "none" }, new AbortController().signal).pid);
  setInterval(() => {}, 1000);`;

test("the watch of the firewall dies with an engine that is killed", async () => {
  const stop = new AbortController();
  const modules = ["run", "nft"].map((name) => new URL(`../host/${name}.ts`, import.meta.url).href);
  const program = startProgram(
    { argv: [process.execPath, "--input-type=module", "-e", engine, ...modules], stdin: "none" },
    stop.signal,
  );
  try {
    let pid = 0;
    for await (const text of program.stdout) {
      pid = Number(String(text));
      break;
    }
    assert.ok(existsSync(`/proc/${pid}`));
    program.kill("SIGKILL");
    const limit = AbortSignal.timeout(5000);
    while (existsSync(`/proc/${pid}`)) await delay(10, undefined, { signal: limit });
  } finally {
    stop.abort();
  }
});
