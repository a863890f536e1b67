import assert from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { test } from "node:test";
import { CommandError, commandTraces, run, startProgram } from "./run.ts";

const never = new AbortController().signal;

test("a command's output is parsed", async () => {
  const words = await run({ argv: ["echo", "a", "b"], parse: (text) => text.trim().split(" ") }, never);
  assert.deepEqual(words, ["a", "b"]);
});

test("standard input is handed over and the environment is the engine's own", async () => {
  process.env.BERTH_SECRET = "x";
  const text = await run({ argv: ["sh", "-c", "cat; env | sort"], stdin: "in\n", parse: (t) => t }, never);
  delete process.env.BERTH_SECRET;
  assert.match(text, /^in\nLC_ALL=C\nPATH=/);
  assert.doesNotMatch(text, /SECRET/);
});

test("a failure carries code and standard error", async () => {
  await assert.rejects(
    run({ argv: ["sh", "-c", "echo no >&2; exit 3"], parse: () => {} }, never),
    (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.exitCode, 3);
      assert.equal(error.message, "sh -c echo no >&2; exit 3 ended with code 3: no");
      return true;
    },
  );
});

test("a missing program is a CommandError", async () => {
  await assert.rejects(run({ argv: ["berth-no-such-program"], parse: () => {} }, never), CommandError);
});

test("abort kills the whole process group", async () => {
  const controller = new AbortController();
  const program = startProgram(
    { argv: ["sh", "-c", "sleep 1000 & echo $!; wait"], stdin: "none" },
    controller.signal,
  );
  const [line] = (await program.stdout.take(1).toArray()) as Buffer[];
  controller.abort(new Error("stop"));
  await assert.rejects(program.succeeded(), /stop/);
  const grandchild = Number(String(line));
  // Killed with its group: the signal is on its way, and then it is at most a zombie until init reaps it.
  const isAlive = async () => {
    const stat = await readFile(`/proc/${grandchild}/stat`, "utf8").catch(() => ") Z");
    return !/\) [ZX]/.test(stat);
  };
  for (const limit = Date.now() + 5000; await isAlive(); ) {
    assert.ok(Date.now() < limit, "a process of the group outlives the abort");
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test("no descriptor the engine opened is inherited", async () => {
  await using file = await open("/etc/passwd");
  const text = await run({ argv: ["ls", "-l", "/proc/self/fd"], parse: (t) => t }, never);
  assert.ok(file.fd > 2);
  assert.doesNotMatch(text, /passwd/);
});

test("a quick program's output waits for a late reader", async () => {
  const program = startProgram({ argv: ["echo", "late"], stdin: "none" }, never);
  // The program has ended for good when its process is gone from the kernel's table.
  while (
    await readFile(`/proc/${program.pid}/stat`, "utf8").then(
      (text) => !text.includes(") Z "),
      () => false,
    )
  ) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const chunks: Buffer[] = [];
  for await (const chunk of program.stdout) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), "late\n");
  await program.succeeded();
});

test("abort ends a program whose piped standard error nobody reads", async () => {
  const controller = new AbortController();
  // The grandchild has left the group, so it keeps the pipes open after the kill.
  const script = "setsid sh -c 'echo $$; exec sleep 5' & wait";
  const program = startProgram(
    { argv: ["sh", "-c", script], stdin: "none", stderr: "pipe" },
    controller.signal,
  );
  const [line] = (await program.stdout.take(1).toArray()) as Buffer[];
  try {
    const started = performance.now();
    controller.abort(new Error("stop"));
    await assert.rejects(program.succeeded(), /stop/);
    assert.ok(performance.now() - started < 3000, "it waited for whoever still holds the pipe");
  } finally {
    process.kill(Number(String(line)), "SIGKILL");
  }
});

test("who listens is told of each program that ended, without passwords and without what stood before it", async () => {
  const told: unknown[] = [];
  const listen = (trace: unknown) => void told.push({ ...Object(trace), ms: undefined });
  commandTraces.subscribe(listen);
  try {
    const argv: [string, ...string[]] = ["sh", "-c", "exit 4", "https://me:secret@host/r"];
    await assert.rejects(run({ within: ["env", "A=b"], argv, parse: () => {} }, never), CommandError);
  } finally {
    commandTraces.unsubscribe(listen);
  }
  assert.deepEqual(told, [
    { argv: ["sh", "-c", "exit 4", "https://***@host/r"], exitCode: 4, ms: undefined },
  ]);
});
