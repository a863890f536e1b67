import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError, type ErrorKind } from "../error.ts";
import { createRouter } from "./router.ts";
import { routes } from "./routes.ts";
import { failureOf } from "./status.ts";
import { splitVersion } from "./version-path.ts";

const match = createRouter(routes);

/** `path of the route {params}`, or nothing. */
function routed(method: string, path: string): string {
  const found = match(method, path);
  return found === undefined ? "nothing" : `${found.route.path} ${JSON.stringify(found.params)}`;
}

test("paths find their routes", () => {
  assert.equal(routed("GET", "/containers/json"), "/containers/json {}");
  assert.equal(routed("GET", "/containers/json/json"), '/containers/{id}/json {"id":"json"}');
  assert.equal(routed("DELETE", "/containers/a"), '/containers/{id} {"id":"a"}');
  assert.equal(routed("POST", "/containers/prune"), "/containers/prune {}");
  assert.equal(routed("GET", "/containers/a/b/json"), "nothing");
  assert.equal(routed("PATCH", "/containers/json"), "nothing");
  assert.equal(routed("GET", "/containersXjson"), "nothing");
});

test("names of images may hold slashes, plain or encoded", () => {
  assert.equal(
    routed("GET", "/images/ghcr.io/a/b:1/json"),
    '/images/{name...}/json {"name":"ghcr.io/a/b:1"}',
  );
  assert.equal(routed("DELETE", "/images/a%2Fb%3A1"), '/images/{name...} {"name":"a/b:1"}');
  assert.equal(routed("GET", "/images/json"), "/images/json {}");
});

test("a path may name its version", () => {
  assert.deepEqual(splitVersion("/v1.41/info"), { version: "1.41", path: "/info" });
  assert.deepEqual(splitVersion("/info"), { version: "1.50", path: "/info" });
  assert.throws(
    () => splitVersion("/v1.23/info"),
    /client version 1.23 is too old. Minimum supported API version is 1.24/,
  );
  assert.throws(
    () => splitVersion("/v1.51/info"),
    /client version 1.51 is too new. Maximum supported API version is 1.50/,
  );
});

test("every kind of failure has its status", () => {
  const kinds: readonly [ErrorKind, number][] = [
    ["invalid-argument", 400],
    ["unauthorized", 401],
    ["forbidden", 403],
    ["not-found", 404],
    ["conflict", 409],
    ["not-modified", 304],
    ["internal", 500],
    ["not-implemented", 501],
    ["unavailable", 503],
  ];
  for (const [kind, status] of kinds) {
    assert.deepEqual(failureOf(new EngineError(kind, "x")), { status, message: "x", isBug: false });
  }
  assert.deepEqual(failureOf(new TypeError("y")), { status: 500, message: "internal error: y", isBug: true });
});
