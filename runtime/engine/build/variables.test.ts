import assert from "node:assert/strict";
import { test } from "node:test";
import { copyDestination, nextWorkdir } from "./destination.ts";
import { parseDuration } from "./duration.ts";
import { stepKey } from "./layer-cache.ts";
import { isGitAddress } from "./repository.ts";
import { envMap, lookupIn, parsePlatform, platformArgs, printPlatform, proxyVariables } from "./variables.ts";

test("platforms", () => {
  assert.equal(printPlatform(parsePlatform("linux/arm64/v8")), "linux/arm64/v8");
  assert.equal(
    platformArgs(parsePlatform("linux/arm/v7"), parsePlatform("linux/amd64")).get("TARGETVARIANT"),
    "v7",
  );
  assert.throws(() => parsePlatform("windows/amd64"), /no platform this engine builds for/);
});

test("of an environment the last entry of a name counts", () => {
  const lookup = lookupIn(envMap(["a=env", "a=later", "=x", "odd"]));
  assert.deepEqual([lookup("a"), lookup("b")], ["later", undefined]);
});

test("a proxy is given under both its names, unless each has its own value", () => {
  const variables = proxyVariables({
    HTTP_PROXY: "http://a",
    no_proxy: "b",
    NO_PROXY: "c",
    other: "d",
    https_proxy: null,
  });
  assert.deepEqual(
    [...variables],
    [
      ["HTTP_PROXY", "http://a"],
      ["http_proxy", "http://a"],
      ["NO_PROXY", "c"],
      ["no_proxy", "b"],
    ],
  );
});

test("durations", () => {
  const cases = {
    "1m30s": 90e9,
    "500ms": 5e8,
    "1.5h": 5400e9,
    "0": 0,
    "5": undefined,
    "": undefined,
    "1x": undefined,
  };
  for (const [text, nanos] of Object.entries(cases)) assert.equal(parseDuration(text), nanos, text);
});

test("working directories and destinations", () => {
  assert.equal(nextWorkdir(undefined, "a/../b"), "/b");
  assert.equal(nextWorkdir("/x", "../../y/"), "/y");
  const destinations = [".", "./", "a", "a/", "/", "/a/.", ".."].map((path) => copyDestination("/w/x", path));
  assert.deepEqual(destinations, ["/w/x/", "/w/x/", "/w/x/a", "/w/x/a/", "/", "/a/", "/w/"]);
});

test("keys depend on what came before and on the step, and on nothing else", () => {
  assert.equal(stepKey("a", ["RUN", 1]), stepKey("a", ["RUN", 1]));
  assert.notEqual(stepKey("a", ["RUN", 1]), stepKey("b", ["RUN", 1]));
  assert.notEqual(stepKey("a", ["RUN", "1"]), stepKey("a", ["RUN", 1]));
});

test("repositories are told from files", () => {
  const addresses = [
    "https://host/a.git",
    "https://host/a.git#main",
    "git@host:a/b",
    "https://host/a.git.tar.gz",
  ];
  assert.deepEqual(addresses.map(isGitAddress), [true, true, true, false]);
});
