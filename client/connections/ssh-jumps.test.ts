import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSshConfig, resolveSshHost } from "./ssh-config.ts";
import { findJumps, withTarget } from "./ssh-jumps.ts";
import { parseSshTarget, type SshTarget } from "./ssh-target.ts";

function way(text: string, target: string): string {
  const directives = parseSshConfig(text);
  const find = (each: SshTarget) =>
    withTarget(resolveSshHost(directives, each.host, { home: "/h", name: "me" }), each);
  const host = find(parseSshTarget(target) ?? { host: "" });
  return [...findJumps(host, find), host]
    .map((each) => `${each.user}@${each.hostName}:${each.port}`)
    .join(" → ");
}

test("jumps in their order, each as the configuration says", () => {
  const text =
    "Host inner\n ProxyJump ops@mid:2200,near\nHost mid\n HostName mid.net\n ProxyJump outer\nHost near\n User n\n";
  assert.equal(way(text, "inner"), "me@outer:22 → ops@mid.net:2200 → n@near:22 → me@inner:22");
  assert.equal(way(text, "root@plain:23"), "root@plain:23");
});

test("a circle and nonsense are refused", () => {
  assert.throws(() => way("Host a\n ProxyJump b\nHost b\n ProxyJump a\n", "a"), /circle/);
  assert.throws(() => way("Host a\n ProxyJump b:x\n", "a"), /"b:x" is not a host/);
});
