import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseCompose } from "../../../runtime/model/compose/parse.ts";
import { plainValue } from "../../../runtime/model/compose/tree-value.ts";
import { applyEdits } from "../../../runtime/model/text/edits.ts";
import { formatCompose } from "./format.ts";

function format(text: string): string {
  const { root } = parseCompose(text, "/p/compose.yaml");
  assert.ok(root);
  return applyEdits(text, formatCompose(text, root, { start: 0, end: text.length }));
}

test("levels are two blanks deep, comments stay with what they belong to, texts keep their form", () => {
  assert.equal(
    format(`# top
services:   
    web:  # one


        # what runs
        image:   nginx:1.27
        command:
        - sh
        -   -c
        - |
            echo a
              echo b
        labels: {a: b,
            c: d}
        # the end of web
    db:
        image: mysql:8   # two
        environment:
            # a password
            - A=1
volumes:
      data:`),
    `# top
services:
  web:  # one

    # what runs
    image: nginx:1.27
    command:
      - sh
      - -c
      - |
          echo a
            echo b
    labels: {a: b,
        c: d}
    # the end of web
  db:
    image: mysql:8   # two
    environment:
      # a password
      - A=1
volumes:
  data:
`,
  );
});

test("items that are mappings", () => {
  assert.equal(
    format(
      "services:\n   a:\n      image: x:1\n      volumes:\n         - type: bind\n           source: ./a\n           target: /a\n",
    ),
    "services:\n  a:\n    image: x:1\n    volumes:\n      - type: bind\n        source: ./a\n        target: /a\n",
  );
});

test("every correct project means the same after it, and formatting twice changes nothing", () => {
  const folder = new URL("../../../runtime/model/lint/correct-files/compose/", import.meta.url);
  for (const name of readdirSync(folder)) {
    for (const section of readFileSync(new URL(name, folder), "utf8")
      .split(/^=== .*\n/m)
      .slice(1)) {
      const text = section.split(/^--- (?=\S)/m)[0] ?? "";
      const once = format(text);
      assert.deepEqual(treeOf(once), treeOf(text), text);
      assert.equal(format(once), once);
    }
  }
});

function treeOf(text: string): unknown {
  const { root } = parseCompose(text, "/p/compose.yaml");
  return root && plainValue(root);
}
