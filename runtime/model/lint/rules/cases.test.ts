import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import { applyEdits } from "../../text/edits.ts";
import { parseMarked, printMarks } from "../../text/marked-text.ts";
import { lintWith } from "../lint.ts";
import type { LintOptions, Rule } from "../rule.ts";
import { dockerfileRules } from "../rules.ts";

/**
 * The golden cases stand in `<group>/cases.txt`: `=== rule`, then files parted by `---`, with the rule's findings as
 * marks. A file may begin with `fixed:`: it is what the fixes of the file before it make of that.
 */
interface Case {
  readonly rule: string;
  readonly source: string;
  readonly fixed: string | undefined;
}

const LABELS: LintOptions = {
  labelSchema: {
    version: "semver",
    url: "url",
    time: "rfc3339",
    license: "spdx",
    hash: "hash",
    mail: "email",
  },
  hasStrictLabels: true,
};

/** Settings without which a rule has nothing to say. */
const SETTINGS: Readonly<Record<string, LintOptions>> = {
  ...Object.fromEntries(
    dockerfileRules.filter(({ name }) => /^label-(?!key)/.test(name)).map(({ name }) => [name, LABELS]),
  ),
  "allowed-registry": { allowedRegistries: ["docker.io", "*.example.com"] },
  "copy-source-missing": { isMissing: (path) => path.includes("gone") },
  "copy-ignored-file": { isIgnored: (path) => path === "secret.txt" || path.startsWith("node_modules") },
};

const folder = import.meta.dirname;
const groups = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const cases = groups.flatMap(({ name }) => readCases(readFileSync(`${folder}/${name}/cases.txt`, "utf8")));

for (const rule of dockerfileRules) {
  test(`rule ${rule.name}`, () => {
    const own = cases.filter((one) => one.rule === rule.name);
    for (const one of own) checkCase(rule, one);
    assert.ok(own.some(isFiring), `${rule.name} has no case in which it fires`);
    assert.ok(!own.every(isFiring), `${rule.name} has no case in which it is silent`);
  });
}

test("every case names a rule", () => {
  const names = new Set(dockerfileRules.map(({ name }) => name));
  assert.deepEqual(
    cases.map(({ rule }) => rule).filter((rule) => !names.has(rule)),
    [],
  );
});

function checkCase(rule: Rule, { source, fixed }: Case): void {
  const { text, marked } = parseMarked(source);
  const parse = parseDockerfile(text);
  const on = { ...rule, severity: rule.severity === "off" ? ("info" as const) : rule.severity };
  const problems = lintWith([on], { tree: parse.tree, problems: [] }, SETTINGS[rule.name] ?? {});
  assert.equal(printMarks(text, problems), marked);
  if (fixed === undefined) return;
  const edits = problems.flatMap(({ fixes }) => fixes?.[0]?.edits ?? []);
  assert.equal(applyEdits(text, edits), fixed);
}

function isFiring({ source }: Case): boolean {
  return parseMarked(source).text !== parseMarked(source).marked;
}

function readCases(file: string): Case[] {
  const found: Case[] = [];
  for (const section of file.split(/^=== /m).slice(1)) {
    const [rule = "", ...lines] = section.split("\n");
    for (const source of lines
      .join("\n")
      .trimEnd()
      .split(/\n?^---\n/m)) {
      const last = found[found.length - 1];
      if (source.startsWith("fixed:\n") && last !== undefined) {
        found[found.length - 1] = { ...last, fixed: source.slice("fixed:\n".length) };
      } else found.push({ rule, source, fixed: undefined });
    }
  }
  return found;
}
