import assert from "node:assert/strict";
import { test } from "node:test";
import { printTable } from "./table.ts";
import { compileTemplate } from "./template.ts";
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

test("templates", () => {
  const value = { State: { ExitCode: 7 }, Labels: { "a.b": "c" }, Names: ["x", "y"] };
  const print = (source: string) => compileTemplate(source)(value);
  assert.equal(print("{{.State.ExitCode}}\\t{{ .Names }}"), "7\t[x y]");
  assert.equal(print("{{json .Names}}"), '["x","y"]');
  assert.equal(print('{{index .Labels "a.b"}}'), "c");
  assert.equal(print("{{.Nothing.There}}"), "<no value>");
  assert.equal(print("{{.constructor}}"), "<no value>");
  assert.throws(
    () => print("{{range .Names}}{{end}}"),
    /template parsing error: \{\{range .Names\}\} is not/,
  );
});
