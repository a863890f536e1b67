import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunMount } from "./run-mounts.ts";

test("what is not said takes the reference's defaults", () => {
  const root = { uid: 0, gid: 0 };
  assert.deepEqual(parseRunMount("target=in", "/work"), {
    ...{ type: "bind", target: "/work/in", from: undefined, source: "/", isWritable: false },
  });
  assert.deepEqual(parseRunMount("type=cache,dst=/c", "/"), {
    ...{
      type: "cache",
      target: "/c",
      id: "/c",
      sharing: "shared",
      from: undefined,
      source: "/",
      readOnly: false,
    },
    ...{ ...root, mode: 0o755 },
  });
  assert.deepEqual(parseRunMount("type=secret,id=a/b", "/"), {
    ...{
      type: "secret",
      id: "a/b",
      target: "/run/secrets/b",
      env: undefined,
      isRequired: false,
      ...root,
      mode: 0o400,
    },
  });
  assert.deepEqual(parseRunMount("type=ssh", "/"), {
    ...{ type: "ssh", id: "default", target: undefined, isRequired: false, ...root, mode: 0o600 },
  });
});

test("options, under all their names", () => {
  assert.deepEqual(parseRunMount("type=bind,destination=/t,src=/s,from=x,rw", "/"), {
    ...{ type: "bind", target: "/t", from: "x", source: "/s", isWritable: true },
  });
  assert.deepEqual(parseRunMount("type=secret,env=TOKEN,required,uid=5,gid=6,mode=0440", "/"), {
    ...{
      type: "secret",
      id: "TOKEN",
      target: undefined,
      env: "TOKEN",
      isRequired: true,
      uid: 5,
      gid: 6,
      mode: 0o440,
    },
  });
  assert.deepEqual(parseRunMount("type=tmpfs,target=/t,size=64m", "/"), {
    ...{ type: "tmpfs", target: "/t", sizeBytes: 64 * 1024 * 1024 },
  });
});

test("what is wrong is named", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["type=tmpfs", /^--mount=type=tmpfs: it has no target$/],
    ["type=magic,target=/x", /^unsupported mount type "magic"$/],
    ["target=/x,colour=red", /it knows no option "colour"; there are target, source/],
    ["type=cache,target=/x,sharing=all", /unsupported sharing value "all"/],
    ["type=cache,target=/x,mode=rwx", /mode is an octal number, not "rwx"/],
    ["type=secret", /a secret needs an id or a target/],
    ["type=secret,id=x,required=perhaps", /required is true or false, not "perhaps"/],
    ["type=ssh,uid=me", /uid is a number, not "me"/],
    ["type=tmpfs,target=/x,size=big", /size is a number of bytes/],
  ];
  for (const [value, message] of cases) {
    assert.throws(() => parseRunMount(value, "/"), { message }, value);
  }
});
