import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference, printFamiliar, printFull } from "./reference.ts";

const hex = "a".repeat(64);

function check(text: string, full: string, familiar = text): void {
  const { reference, problem } = parseReference(text);
  assert.equal(problem, undefined, text);
  assert.equal(reference && printFull(reference), full);
  assert.equal(reference && printFamiliar(reference), familiar);
}

test("names are completed and shortened as Docker does", () => {
  check("busybox", "docker.io/library/busybox");
  check("busybox:1.36", "docker.io/library/busybox:1.36");
  check("team/app:v1", "docker.io/team/app:v1");
  check("docker.io/library/nginx:latest", "docker.io/library/nginx:latest", "nginx:latest");
  check("index.docker.io/nginx", "docker.io/library/nginx", "nginx");
  check("localhost/app", "localhost/app");
  check("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b:1");
  check("[::1]:5000/a", "[::1]:5000/a");
  check(`app:1@sha256:${hex}`, `docker.io/library/app:1@sha256:${hex}`);
});

test("what is no name is refused with Docker's words", () => {
  const problem = (text: string) => parseReference(text).problem;
  for (const text of [
    "",
    ":",
    "a:",
    "@",
    "a b",
    "-x",
    "a//b",
    "../x",
    "a/",
    "app@sha256:12",
    "a:b:c",
    "__proto__",
  ]) {
    assert.equal(problem(text), "invalid reference format", text);
  }
  assert.match(problem("Foo/bar:x/y") ?? "", /^invalid reference format/);
  assert.equal(problem("team/App"), "invalid reference format: repository name must be lowercase");
  assert.match(problem(hex) ?? "", /cannot specify 64-byte hexadecimal strings/);
  assert.match(problem(`x/${"a".repeat(300)}`) ?? "", /must not be more than 255 characters/);
});

test("a reference of ten million characters is refused at once", () => {
  assert.equal(parseReference("a-".repeat(5_000_000)).problem, "invalid reference format");
  assert.equal(parseReference(`${"a-".repeat(2000)}!`).problem, "invalid reference format");
});
