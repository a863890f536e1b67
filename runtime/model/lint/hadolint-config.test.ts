import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeOptions, readHadolintConfig } from "./hadolint-config.ts";

test("a .hadolint.yaml gives options", () => {
  const config = `
ignored: [DL3006]
override:
  error: [DL3008, DL3009]
  style:
    - DL3015
trustedRegistries:
  - docker.io
label-schema:
  author: text
  created: rfc3339
  odd: something
strict-labels: true
`;
  assert.deepEqual(readHadolintConfig(config), {
    levels: { DL3008: "error", DL3009: "error", DL3015: "hint", DL3006: "off" },
    allowedRegistries: ["docker.io"],
    labelSchema: { author: "text", created: "rfc3339" },
    hasStrictLabels: true,
  });
});

test("what is no configuration gives nothing", () => {
  for (const text of ["", "[", "a", "ignored: 5", "override: [x]", "- a"]) {
    assert.deepEqual(
      readHadolintConfig(text),
      { levels: {}, allowedRegistries: [], hasStrictLabels: false },
      text,
    );
  }
});

test("settings win over the file, rule by rule", () => {
  const base = { levels: { a: "off", b: "error" }, allowedRegistries: ["x"] } as const;
  const merged = mergeOptions(base, { levels: { b: "info" }, allowedRegistries: [] });
  assert.deepEqual(merged.levels, { a: "off", b: "info" });
  assert.deepEqual(merged.allowedRegistries, ["x"]);
});
