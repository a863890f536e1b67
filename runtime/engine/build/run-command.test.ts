import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import { runCommand } from "./run-command.ts";

/** A RUN in; what it runs, out. */
function check(text: string, expected: readonly string[], script?: string): void {
  const { tree } = parseDockerfile(`FROM scratch\n${text}`);
  const run = tree.instructions[1];
  assert.ok(run?.name === "RUN");
  const command = runCommand(run, {}, tree.text);
  assert.deepEqual([command.args, command.script?.content], [expected, script]);
}

test("shell form, exec form, heredocs", () => {
  check("RUN make \\\n  all", ["/bin/sh", "-c", "make   all"]);
  check('RUN ["make", "all"]', ["make", "all"]);
  check("RUN <<EOF\na\nb\nEOF", ["/bin/sh", "-c", "a\nb\n"]);
  check("RUN <<-EOF\n\ta\n\tEOF", ["/bin/sh", "-c", "a\n"]);
  check("RUN <<EOF\n#!/bin/python\nx\nEOF", ["/dev/pipes/EOF"], "#!/bin/python\nx\n");
  check("RUN cat <<A <<B | sh\na\nA\nb\nB", ["/bin/sh", "-c", "cat <<A <<B | sh\na\nA\nb\nB"]);
});
