import assert from "node:assert/strict";
import { test } from "node:test";
import { familiarName, parseReference, printFamiliar, printReference, withDefaultTag } from "./reference.ts";

/** Text in; whole and familiar form, or the problem, out. */
function check(text: string, expected: string): void {
  const { reference, problem } = parseReference(text);
  const printed =
    reference === undefined ? `! ${problem}` : `${printReference(reference)} | ${printFamiliar(reference)}`;
  assert.equal(printed, expected);
}

const hex = "0123456789abcdef".repeat(4);

test("references are made whole and printed short", () => {
  check("nginx", "docker.io/library/nginx | nginx");
  check("nginx:1.27-alpine", "docker.io/library/nginx:1.27-alpine | nginx:1.27-alpine");
  check("index.docker.io/library/nginx", "docker.io/library/nginx | nginx");
  check("docker.io/owner/app:x", "docker.io/owner/app:x | owner/app:x");
  check("localhost/app", "localhost/app | localhost/app");
  check("localhost:5000/a/b:v1", "localhost:5000/a/b:v1 | localhost:5000/a/b:v1");
  check("[::1]:5000/a", "[::1]:5000/a | [::1]:5000/a");
  check("Host/app", "Host/app | Host/app");
  check(`ghcr.io/o/a:t@sha256:${hex}`, `ghcr.io/o/a:t@sha256:${hex} | ghcr.io/o/a:t@sha256:${hex}`);
});

test("what is no reference says why", () => {
  check("", "! invalid reference format");
  check("a//b", "! invalid reference format");
  check("nginx:", "! invalid reference format");
  check("-nginx", "! invalid reference format");
  check("a..b", "! invalid reference format");
  check("nginx@sha256:12", "! invalid reference format");
  check("Nginx:1", "! invalid reference format: repository name (library/Nginx) must be lowercase");
  check(hex, `! invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`);
  check(`x/${"a".repeat(260)}`, "! repository name must not be more than 255 characters");
});

test("latest is the tag of a reference without tag and digest", () => {
  const { reference } = parseReference("quay.io/o/a");
  assert.ok(reference);
  assert.equal(printFamiliar(withDefaultTag(reference)), "quay.io/o/a:latest");
  assert.equal(familiarName(reference), "quay.io/o/a");
});

test("time is linear", () => {
  const started = performance.now();
  for (const piece of ["a-", "a.", "a_", "-", "a/", "A.", "0"]) parseReference(`${piece.repeat(500)}!`);
  assert.ok(performance.now() - started < 500);
});
