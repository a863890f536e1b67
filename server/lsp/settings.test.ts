import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readLintOptions } from "./settings.ts";

test("what is malformed is left out", () => {
  assert.deepEqual(
    readLintOptions({ berth: { lint: { levels: { a: "off", b: 1 }, allowedRegistries: ["x", 2] } } }),
    {
      levels: { a: "off" },
      allowedRegistries: ["x"],
    },
  );
  assert.deepEqual(readLintOptions(null), { levels: {}, allowedRegistries: [] });
});

test("the extension declares every setting that is read", () => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { contributes } = JSON.parse(manifest) as {
    readonly contributes: {
      readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    };
  };
  const declared = new Set(Object.keys(contributes.configuration.properties));
  const lint = Object.keys(readLintOptions({}));
  assert.deepEqual(
    lint.filter((name) => !declared.has(`berth.lint.${name}`)),
    [],
  );
});
