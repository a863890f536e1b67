import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../error.ts";
import { decodeContainerCreate } from "./bodies/container.ts";
import { decodeNetworkCreate } from "./bodies/network.ts";
import type { Decoder } from "./decode.ts";

/** The decoded body as JSON, or the message of the refusal. */
function decoded(decode: Decoder<unknown>, body: string): string {
  try {
    return JSON.stringify(decode(JSON.parse(body), ""));
  } catch (error) {
    assert.ok(error instanceof EngineError && error.kind === "invalid-argument");
    return error.message;
  }
}

const create = (body: string) => decoded(decodeContainerCreate, body);

test("known fields pass, unknown ones and nulls are dropped", () => {
  assert.equal(
    create('{"Image":"a","Cmd":["x"],"Entrypoint":null,"Unheard":1,"HostConfig":{"Binds":null,"Memory":5}}'),
    '{"Image":"a","Cmd":["x"],"HostConfig":{"Memory":5}}',
  );
});

test("keys match without regard to case, the exact one first", () => {
  assert.equal(
    create('{"image":"a","hostconfig":{"init":true}}'),
    '{"Image":"a","HostConfig":{"Init":true}}',
  );
  assert.equal(create('{"image":"wrong","Image":"right"}'), '{"Image":"right"}');
});

test("what has another shape is named", () => {
  assert.equal(create("[]"), "invalid request: the body must be an object, got a list");
  assert.equal(create('{"Image":7}'), "invalid request: Image must be a string, got 7");
  assert.equal(create('{"Env":["A=1",2]}'), "invalid request: Env[1] must be a string, got 2");
  assert.equal(
    create('{"HostConfig":{"Memory":"1g"}}'),
    'invalid request: HostConfig.Memory must be a whole number, got "1g"',
  );
  assert.equal(
    create('{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}'),
    "invalid request: HostConfig.PortBindings.80/tcp[0].HostPort must be a string, got 80",
  );
  assert.equal(
    create('{"HostConfig":{"Mounts":[{"Type":"bind"}]}}'),
    "HostConfig.Mounts[0].Target is missing",
  );
  assert.equal(decoded(decodeNetworkCreate, "{}"), "Name is missing");
});

test("__proto__ is a label like any other", () => {
  const { Labels } = decodeContainerCreate(JSON.parse('{"Labels":{"__proto__":"x","a":"b"}}'), "");
  assert.deepEqual(Object.entries(Labels ?? {}), [
    ["__proto__", "x"],
    ["a", "b"],
  ]);
  assert.equal(Object.getPrototypeOf(Labels), Object.prototype);
});
