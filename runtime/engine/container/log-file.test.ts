import assert from "node:assert/strict";
import { appendFile, mkdtemp, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { LogDecoder, timestampSeconds } from "./log-codec.ts";
import { readLog } from "./log-file.ts";
import { logTail } from "./log-files.ts";

const directory = await mkdtemp(join(tmpdir(), "berth-log-"));
after(() => rm(directory, { recursive: true }));
const never = new AbortController().signal;

const sample = `2026-11-23T19:49:15.758024440+00:00 stdout F one
2026-11-23T19:49:16.000000000+00:00 stdout P tw
2026-11-23T19:49:16.100000000+00:00 stdout F o
2026-11-23T19:49:17.000000000+02:00 stderr F three
2026-11-23T19:49:18.000000000+00:00 stdout P / # `;

test("records are decoded, whatever pieces they come in", () => {
  const bytes = Buffer.from(`${sample}\n`);
  for (const size of [1, 7, 1000]) {
    const decoder = new LogDecoder();
    const seen: string[] = [];
    for (let i = 0; i < bytes.length; i += size) {
      for (const record of decoder.push(bytes.subarray(i, i + size))) {
        seen.push(`${record.timestamp} ${record.stream} ${JSON.stringify(record.data.toString())}`);
      }
    }
    assert.deepEqual(seen, [
      '2026-11-23T19:49:15.758024440Z 1 "one\\n"',
      '2026-11-23T19:49:16.000000000Z 1 "tw"',
      '2026-11-23T19:49:16.100000000Z 1 "o\\n"',
      '2026-11-23T17:49:17.000000000Z 2 "three\\n"',
      '2026-11-23T19:49:18.000000000Z 1 "/ # "',
    ]);
  }
});

test("bytes that are no text and lines that are no record", () => {
  const decoder = new LogDecoder();
  const bytes = Buffer.concat([
    Buffer.from("torn\n2026-11-23T19:49:15.7+00:00 stdout F "),
    Buffer.from([0xff, 0x00, 0x0d]),
    Buffer.from("\n"),
  ]);
  assert.deepEqual(
    decoder.push(bytes).map((record) => [...record.data]),
    [[0xff, 0x00, 0x0d, 0x0a]],
  );
  assert.equal(timestampSeconds("2026-11-23T19:49:15.500000000Z"), 1795463355.5);
});

async function checkTail(text: string, lines: number, expected: string): Promise<void> {
  const path = join(directory, "tail");
  await writeFile(path, text);
  let seen = "";
  for await (const record of readLog(path, await logTail(path, lines), undefined, never)) seen += record.data;
  assert.equal(seen, expected);
}

test("the tail begins at a line's first piece", async () => {
  await checkTail(`${sample}\n`, 0, "");
  await checkTail(`${sample}\n`, 1, "/ # ");
  await checkTail(`${sample}\n`, 2, "three\n/ # ");
  await checkTail(`${sample}\n`, 3, "two\nthree\n/ # ");
  await checkTail(`${sample}\n`, 9, "one\ntwo\nthree\n/ # ");
  await checkTail("", 3, "");
  const many = Array.from({ length: 9000 }, (_, i) => `2026-11-23T19:49:15.7+00:00 stdout F line ${i}`).join(
    "\n",
  );
  await checkTail(`${many}\n`, 2, "line 8998\nline 8999\n");
  await checkTail(`${many}\n`, 6000, Array.from({ length: 6000 }, (_, i) => `line ${i + 3000}\n`).join(""));
});

test("following reads what comes and ends with the writer", async () => {
  const path = join(directory, "follow");
  await writeFile(path, `${sample.split("\n")[0]}\n`);
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: string[] = [];
  for await (const record of readLog(path, undefined, { ended }, never)) {
    seen.push(String(record.data));
    if (seen.length === 1) await appendFile(path, "2026-11-23T19:49:16.0+00:00 stdout F two\n");
    if (seen.length === 2) {
      await appendFile(path, "2026-11-23T19:49:16.0+00:00 stdout F three\n");
      end();
    }
  }
  assert.deepEqual(seen, ["one\n", "two\n", "three\n"]);
});

test("a file that takes the place of the full one is gone on with", async () => {
  const path = join(directory, "rotated");
  await writeFile(path, "2026-11-23T19:49:15.0+00:00 stdout F one\n");
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const seen: string[] = [];
  for await (const record of readLog(path, undefined, { ended }, never)) {
    seen.push(String(record.data));
    if (seen.length === 1) {
      await appendFile(path, "2026-11-23T19:49:16.0+00:00 stdout F two\n");
      await writeFile(`${path}.tmp`, "2026-11-23T19:49:17.0+00:00 stdout F three\n");
      await rename(`${path}.tmp`, path);
    }
    if (seen.length === 3) end();
  }
  assert.deepEqual(seen, ["one\n", "two\n", "three\n"]);
});

test("files that were full are read before the one that is written, and counted into the tail", async () => {
  const path = join(directory, "aged");
  const line = (text: string) => `2026-11-23T19:49:15.0+00:00 stdout F ${text}\n`;
  await writeFile(`${path}.2`, line("1") + line("2"));
  await writeFile(`${path}.1`, line("3"));
  await writeFile(path, line("4") + line("5"));
  const read = async (tail?: number) => {
    let seen = "";
    const from = tail === undefined ? undefined : await logTail(path, tail);
    for await (const record of readLog(path, from, undefined, never)) seen += String(record.data).trim();
    return seen;
  };
  assert.equal(await read(), "12345");
  const tails = [];
  for (const lines of [0, 1, 2, 3, 4, 5, 9]) tails.push(await read(lines));
  assert.deepEqual(tails, ["", "5", "45", "345", "2345", "12345", "12345"]);
});

test("a follower meets every file of a log that is moved on again and again", async () => {
  const path = join(directory, "moving");
  const line = (text: string) => `2026-11-23T19:49:15.0+00:00 stdout F ${text}\n`;
  await writeFile(path, line("0"));
  const end = Promise.withResolvers<void>();
  const seen: number[] = [];
  for await (const record of readLog(path, undefined, { ended: end.promise }, never)) {
    seen.push(Number(String(record.data)));
    const at = seen.length;
    if (at > 20) end.resolve();
    else if (at % 3 === 1) {
      // Two moves at once: the follower is behind by more than one file.
      await appendFile(path, line(String(at)));
      for (const next of [at + 1, at + 2]) {
        await rename(`${path}.1`, `${path}.2`).catch(() => {});
        await rename(path, `${path}.1`);
        await writeFile(path, line(String(next)));
      }
      await utimes(`${path}.2`, 1, 1);
    }
  }
  assert.deepEqual(
    seen.slice(0, 21),
    Array.from({ length: 21 }, (_, i) => i),
  );
});

test("a follower ends with its writer, whenever in its work that happens", async () => {
  const path = join(directory, "ending");
  await writeFile(path, "2026-11-23T19:49:15.758024440+00:00 stdout F only\n");
  for (let ticks = 0; ticks < 40; ticks++) {
    const ended = (async () => {
      for (let tick = 0; tick < ticks; tick++) await stat(path);
    })();
    // On abort a follower ends as well: it must not have come to that.
    const limit = AbortSignal.timeout(3000);
    const texts: string[] = [];
    for await (const record of readLog(path, undefined, { ended }, limit)) texts.push(record.data.toString());
    assert.deepEqual(texts, ["only\n"]);
    assert.equal(limit.aborted, false, `ended after ${ticks} ticks`);
  }
});
