import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "../api/engine-client.ts";
import { linesOf } from "./log-lines.ts";

async function lines(
  frames: readonly (readonly [stream: 1 | 2, data: string | Buffer])[],
): Promise<readonly string[]> {
  async function* source(): AsyncGenerator<Frame> {
    for (const [stream, data] of frames) yield { stream, data: Buffer.from(data) };
  }
  const result: string[] = [];
  for await (const line of linesOf(source())) result.push(`${line.stream}:${line.text}`);
  return result;
}

test("lines are put together across frames, each stream for itself", async () => {
  assert.deepEqual(
    await lines([
      [1, "a"],
      [2, "x\n"],
      [1, "b\nc\r\n"],
      [1, "end"],
    ]),
    ["2:x", "1:ab", "1:c", "1:end"],
  );
});

test("a character split between frames is one character", async () => {
  const bytes = Buffer.from("é\n");
  assert.deepEqual(
    await lines([
      [1, bytes.subarray(0, 1)],
      [1, bytes.subarray(1)],
    ]),
    ["1:é"],
  );
});

test("a line without end is given in pieces", async () => {
  const pieces = await lines([[1, "x".repeat(150_000)]]);
  assert.deepEqual(
    pieces.map((piece) => piece.length - 2),
    [65536, 65536, 150_000 - 131_072],
  );
});
