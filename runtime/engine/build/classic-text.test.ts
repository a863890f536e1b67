import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent, BuildStep } from "../../api/types/build.ts";
import { ClassicText } from "./classic-text.ts";

const steps: readonly BuildStep[] = ["FROM a AS one", "RUN one", "FROM b", "RUN two"].map((text, id) => {
  return { id, text, stage: "", line: id + 1, inputs: [] };
});

function finished(step: number, isCached = false, error?: string): BuildEvent {
  const end = { type: "finished", step, isCached, seconds: 1, sizeBytes: 0, state: `state${step}` } as const;
  return error === undefined ? end : { ...end, error };
}

/** What is told after each of the events. */
function told(events: readonly BuildEvent[]): string[] {
  const text = new ClassicText(["ARG x=1"], steps);
  return [text.preamble, ...events.map((event) => text.print(event))];
}

test("output comes as it is made; what is built beside it waits for its turn", () => {
  const printed = told([
    { type: "log", step: 3, text: "early\n" },
    { type: "started", step: 0 },
    finished(0),
    finished(2),
    { type: "log", step: 1, text: "1\n" },
    { type: "log", step: 3, text: "more\n" },
    finished(1),
    { type: "log", step: 3, text: "now\n" },
    finished(3),
  ]);
  assert.deepEqual(printed, [
    "Step 1/5 : ARG x=1\n",
    "",
    "Step 2/5 : FROM a AS one\n",
    " ---> state0\n",
    "",
    "Step 3/5 : RUN one\n1\n",
    "",
    " ---> state1\nStep 4/5 : FROM b\n ---> state2\nStep 5/5 : RUN two\nearly\nmore\n",
    "now\n",
    " ---> state3\n",
  ]);
});

test("the step that fails is told with its output, whatever is before it", () => {
  const printed = told([{ type: "log", step: 3, text: "what is wrong\n" }, finished(3, false, "no")]);
  assert.equal(printed.join(""), "Step 1/5 : ARG x=1\nStep 5/5 : RUN two\nwhat is wrong\n");
});

test("cached steps say so; a FROM cannot be", () => {
  const printed = told([finished(0, true), finished(1, true)]).slice(1);
  assert.deepEqual(printed, [
    "Step 2/5 : FROM a AS one\n ---> state0\n",
    "Step 3/5 : RUN one\n ---> Using cache\n ---> state1\n",
  ]);
});

test("of a step that waits two million characters are kept, and it says what is missing", () => {
  const text = "x".repeat(1024 * 1024);
  const printed = told([
    ...[1, 2, 3].map((): BuildEvent => ({ type: "log", step: 1, text })),
    finished(0),
  ]).join("");
  assert.match(printed, /x\n\[1048576 characters more were left out\]\n$/);
});
