import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSshTarget } from "./ssh-target.ts";

test("hosts as they are typed", () => {
  assert.deepEqual(parseSshTarget("web"), { host: "web" });
  assert.deepEqual(parseSshTarget(" ann@web.example.com:2222 "), {
    host: "web.example.com",
    user: "ann",
    port: 2222,
  });
  assert.deepEqual(parseSshTarget("ssh://ann@[fe80::1]:22"), { host: "fe80::1", user: "ann", port: 22 });
});

test("what is no host", () => {
  for (const text of ["", "a b", "web:0", "web:99999", "-oProxyCommand=x", "@web", "web:x"]) {
    assert.equal(parseSshTarget(text), undefined, text);
  }
});
