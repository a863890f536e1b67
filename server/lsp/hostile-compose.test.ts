import assert from "node:assert/strict";
import { test } from "node:test";
import { lintCompose } from "../../runtime/model/lint/compose/lint.ts";

/** No look at a text may take longer: a busy machine takes some times as long as the second that is wanted. */
const LIMIT_MS = 5000;

const bomb = Array.from({ length: 12 }, (_, level) => {
  const inner = level === 0 ? "" : `*l${level - 1},`.repeat(9);
  return `  l${level}: &l${level} [${inner}x]`;
});
const chain = Array.from({ length: 5000 }, (_, at) => `  s${at}: {image: x:1, depends_on: [s${at + 1}]}`);

const TEXTS: Readonly<Record<string, string>> = {
  "a line of 10 MB": `services:\n  a:\n    image: ${"x".repeat(10_000_000)}\n`,
  "an alias bomb": `x-bomb:\n${bomb.join("\n")}\nservices: {a: {image: x:1, labels: *l11}}\n`,
  "mappings in mappings": `services: ${"{a: ".repeat(20_000)}`,
  "lists in lists": `services: ${"[".repeat(100_000)}`,
  "lists in lists on a line": `services:\n${"  - ".repeat(50_000)}\n`,
  "a chain of dependencies": `services:\n${chain.join("\n")}\n`,
  "only comments": "#\n".repeat(200_000),
  "invalid UTF-8": Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28]).toString("utf8").repeat(10_000),
};

for (const [name, text] of Object.entries(TEXTS)) {
  test(`a hostile Compose file is answered in time: ${name}`, () => {
    const began = performance.now();
    const { problems } = lintCompose({ path: "/p/compose.yaml", text, environment: {}, others: new Map() });
    for (const { range } of problems)
      assert.ok(0 <= range.start && range.start <= range.end && range.end <= text.length);
    const took = performance.now() - began;
    assert.ok(took < LIMIT_MS, `${took} ms`);
  });
}
