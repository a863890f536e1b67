import assert from "node:assert/strict";
import { test } from "node:test";
import { COMPOSE_FEATURES, composeFeatures } from "./features.ts";

test("alone everything is on", () => {
  assert.deepEqual([...composeFeatures({}, undefined)], [...COMPOSE_FEATURES]);
});

test("what another extension gives is left to it, unless the user says otherwise", () => {
  const extensions = ["redhat.vscode-yaml"];
  const on = composeFeatures({}, extensions);
  assert.equal(on.has("schemaCompletion"), false);
  assert.equal(on.has("syntaxDiagnostics"), false);
  assert.equal(on.has("diagnostics"), true);
  assert.equal(on.has("valueCompletion"), true);
  const settings = { berth: { compose: { features: { schemaCompletion: "on", codeLens: "off" } } } };
  const set = composeFeatures(settings, extensions);
  assert.equal(set.has("schemaCompletion"), true);
  assert.equal(set.has("codeLens"), false);
});

test("every extension leaves diagnostics, hints and effective values to this one", () => {
  const extensions = ["redhat.vscode-yaml", "docker.docker", "ms-azuretools.vscode-containers"];
  assert.deepEqual([...composeFeatures({}, extensions)], ["diagnostics", "hover", "inlayHints"]);
});
