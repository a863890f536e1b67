import assert from "node:assert/strict";
import { test } from "node:test";
import { commands, groups } from "./catalog.ts";
import { parseCommandLine } from "./command-line.ts";

const all = [
  ...commands.map((command) => ({ path: command.name, command })),
  ...groups.flatMap((group) =>
    group.commands.map((command) => ({ path: `${group.name} ${command.name}`, command })),
  ),
];

test("no two flags of a command share a letter, and no two commands a name", () => {
  assert.equal(new Set(all.map(({ path }) => path)).size, all.length);
  for (const { path, command } of all) {
    const letters = Object.values(command.flags).flatMap(({ short }) => short ?? []);
    assert.equal(new Set(letters).size, letters.length, `${path}: ${letters}`);
  }
});

test("every example is a command line that its command takes", () => {
  for (const { path, command } of all) {
    for (const [line] of command.examples) {
      // What a shell would do with the quotes that examples use; pipes end the command.
      const words = (line.split(" | ")[0] ?? "").match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
      const plain = words.map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, (_, a, b) => a ?? b));
      const name = command.name === plain[0] ? 1 : 2;
      const { flags, stopsAtWord } = command;
      assert.ok(
        [plain[0], `${plain[0]} ${plain[1]}`].some((each) => all.some((one) => one.path === each)),
        `${path}: ${line}`,
      );
      assert.doesNotThrow(
        () => parseCommandLine(plain.slice(name), { flags, stopsAtWord }),
        `${path}: ${line}`,
      );
    }
  }
});
