import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLine } from "./progress.ts";
import { printTable } from "./table.ts";
import { printDuration, printSize } from "./units.ts";

test("tables", () => {
  assert.equal(
    printTable(
      ["DRIVER", "VOLUME NAME", "X"],
      [
        ["local", "data", ""],
        ["local", "a-longer-name", "y"],
      ],
    ),
    "DRIVER    VOLUME NAME     X\nlocal     data\nlocal     a-longer-name   y\n",
  );
});

test("durations and sizes", () => {
  const durations = [0, 1, 59, 60, 119, 120, 3600, 7300, 90_000, 200_000, 2_000_000].map(printDuration);
  assert.deepEqual(durations, [
    "Less than a second",
    "1 second",
    "59 seconds",
    "About a minute",
    "About a minute",
    "2 minutes",
    "About an hour",
    "2 hours",
    "25 hours",
    "2 days",
    "3 weeks",
  ]);
  assert.deepEqual([0, 999, 1000, 1_234_567, 4_270_000_000].map(printSize), [
    "0B",
    "999B",
    "1kB",
    "1.23MB",
    "4.27GB",
  ]);
});

test("progress bars fit the terminal", () => {
  const message = { id: "abc", status: "Downloading", progressDetail: { current: 15e6, total: 30e6 } };
  assert.equal(progressLine(message, 60), `abc: Downloading [${"=".repeat(14)}>${" ".repeat(14)}] 15MB/30MB`);
  for (const columns of [10, 20, 40, 80, 200]) assert.ok(progressLine(message, columns).length < columns);
  const done = progressLine({ ...message, progressDetail: { current: 30e6, total: 30e6 } }, 60);
  assert.equal(done, `abc: Downloading [${"=".repeat(29)}] 30MB/30MB`);
  assert.equal(progressLine({ id: "abc", status: "Pull complete" }, 60), "abc: Pull complete");
});
