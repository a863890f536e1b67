import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { rules } from "./architecture/rules.ts";

const project = path.dirname(import.meta.dirname);

function readSources(): ReadonlyMap<string, string> {
  const files = globSync("{client,server,runtime,scripts,test}/**/*.{ts,mjs}", { cwd: project });
  return new Map(files.sort().map((file) => [file, readFileSync(path.join(project, file), "utf8")]));
}

/** For each rule, a small project that breaks it: a guard that looks at nothing passes, so each is seen to fail. */
const broken: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "rooms import only what is below them": {
    "runtime/model/a.ts": 'import { b } from "../api/b.ts";',
    "runtime/engine/host/c.ts": 'import type { d } from "../container/d.ts";',
    "client/e.ts": 'import { f } from "../runtime/engine/main.ts";',
  },
  "no import cycles": {
    "server/a.ts": 'import { b } from "./b.ts";',
    "server/b.ts": 'export { a } from "./a.ts";',
  },
  "processes are started in engine/host and one file of client/connections": {
    "runtime/cli/a.ts": 'import { spawn } from "node:child_process";',
  },
  "vscode only in client": { "server/a.ts": 'import * as vscode from "vscode";' },
  "the LSP connection only in server/lsp and server/main.ts": {
    "server/features/a.ts": 'import { createConnection } from "vscode-languageserver/node.js";',
  },
  "no file over 500 lines": { "server/a.ts": "\n".repeat(501) },
};

describe("architecture", () => {
  const sources = readSources();
  for (const [name, violations] of Object.entries(rules)) {
    it(name, () => assert.deepEqual(violations(sources), []));
    it(`${name}: a violation is seen`, () => {
      const files = broken[name];
      assert.ok(files, `no broken project for "${name}"`);
      const expected = name === "no import cycles" ? 1 : Object.keys(files).length;
      assert.equal(violations(new Map(Object.entries(files))).length, expected);
    });
  }
});
