import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { freePort } from "./harness/free-port.ts";
import type { TestRegistry } from "./harness/registry.ts";

// What cannot be done is refused with a message that says what was asked and what stood in the way, and leaves nothing.

let registry: TestRegistry;
let engine: TestEngine;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  await engine.dockerOk(["pull", "busybox"]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
});

/** Runs docker, which must fail; gives its exit code and what it said. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await engine.docker(args);
  assert.notEqual(code, 0, `docker ${args.join(" ")} succeeded: ${stdout}`);
  return `${code} ${stdout}${stderr}`;
}

/** Status and body of a raw request. */
async function ask(method: string, path: string, body?: string, type = "application/json"): Promise<string> {
  return await new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "Content-Type": type };
    const sent = request({ socketPath: engine.socket, method, path, headers }, (response) => {
      text(response).then((said) => resolve(`${response.statusCode} ${said.trim()}`), reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function assertNothingLeft(): Promise<void> {
  assert.equal(await engine.dockerOk(["ps", "-aq"]), "");
  assert.deepEqual(await engine.leftovers(), []);
}

test("an image that is nowhere", async () => {
  assert.match(
    await refusal("run", "--rm", "no-such-image"),
    /^125 .*no-such-image.*(not found|does not exist|unknown)/is,
  );
  assert.match(
    await refusal("pull", "busybox:no-such-tag"),
    /busybox.*no-such-tag.*not found|manifest unknown/is,
  );
  assert.match(await ask("GET", "/images/nothing/json"), /^404 .*No such image: nothing:latest/);
  assert.match(await refusal("pull", "UPPER"), /must be lowercase/);
  await assertNothingLeft();
});

test("a registry that is down", async () => {
  const port = await freePort();
  assert.match(
    await refusal("pull", `127.0.0.1:${port}/app:1`),
    new RegExp(`127\\.0\\.0\\.1:${port}[\\s\\S]*(refused|ECONNREFUSED)`),
  );
});

test("a port in use, by a program or by another container", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  try {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const said = await refusal("run", "--name", "taken", "-p", `${port}:80`, "busybox", "true");
    assert.match(said, new RegExp(`^125 [\\s\\S]*${port}[\\s\\S]*(in use|already allocated)`));
    await engine.dockerOk(["rm", "taken"]);
  } finally {
    server.close();
  }
  const port = await freePort();
  await engine.dockerOk(["run", "-d", "--name", "first", "-p", `${port}:80`, "busybox", "sleep", "100"]);
  assert.match(
    await refusal("run", "--rm", "-p", `${port}:80`, "busybox", "true"),
    /already allocated|in use/,
  );
  await engine.dockerOk(["rm", "-f", "first"]);
  await assertNothingLeft();
});

test("names: taken, malformed, unknown", async () => {
  await engine.dockerOk(["create", "--name", "one", "busybox"]);
  assert.match(
    await refusal("create", "--name", "one", "busybox"),
    /Conflict\. The container name "\/one" is already in use by container "[0-9a-f]{64}"\. You have to remove/,
  );
  await engine.dockerOk(["rm", "one"]);
  assert.match(await refusal("create", "--name", "../etc", "busybox"), /Invalid container name/i);
  assert.match(await refusal("start", "nobody"), /No such container: nobody/);
  assert.match(await refusal("run", "--network", "nowhere", "busybox"), /network nowhere not found/);
  assert.match(
    await refusal("volume", "inspect", "nothing"),
    /get nothing: no such volume|no such volume: nothing/i,
  );
  assert.match(await refusal("network", "rm", "bridge"), /pre-defined/);
  await engine.docker(["rm", "-f", ...(await engine.dockerOk(["ps", "-aq"])).split("\n")]);
  await assertNothingLeft();
});

test("a Dockerfile that cannot be read, is wrong, or fails", async () => {
  const directory = await mkdtemp(join(tmpdir(), "berth-bad-"));
  const build = async (dockerfile: string | Buffer) => {
    await writeFile(join(directory, "Dockerfile"), dockerfile);
    return await refusal("build", directory);
  };
  try {
    assert.match(await refusal("build", "-f", "missing", directory), /missing/);
    assert.match(await build("FORM busybox\n"), /unknown instruction: FORM/i);
    assert.match(await build(""), /empty|no build stage|no instructions/i);
    assert.match(await build(Buffer.from([0, 255, 254, 1, 2])), /Dockerfile|unknown instruction|not text/i);
    assert.match(await build("FROM busybox\nCOPY nothing /x\n"), /nothing/);
    assert.match(await build("FROM busybox\nCOPY --from=nobody /a /b\n"), /nobody/);
    assert.match(await build("FROM busybox\nRUN exit 3\n"), /returned a non-zero code: 3/);
    assert.match(
      await ask("POST", "/build", "this is no tar", "application/x-tar"),
      /^(400|500|200) .*(tar|Dockerfile)/is,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
  await assertNothingLeft();
});

test("API bodies that are malformed", async () => {
  const create = (body: string) => ask("POST", "/containers/create", body);
  assert.match(await create("{"), /^400 .*invalid JSON in the request body/);
  assert.match(await create("[]"), /^400 .*the body must be an object/);
  assert.match(await create('{"Image":7}'), /^400 .*Image must be a string, got 7/);
  assert.match(
    await create('{"Image":"busybox","HostConfig":{"Memory":"much"}}'),
    /^400 .*HostConfig\.Memory/,
  );
  assert.match(await create('{"Image":"busybox","HostConfig":{"PortBindings":{"web":[]}}}'), /^400 .*web/);
  assert.match(await create('{"Image":"busybox","HostConfig":{"Binds":["nonsense"]}}'), /^400 .*nonsense/);
  assert.match(await create("{}"), /^400 /);
  assert.match(await ask("POST", "/containers/create", "{}", "text/plain"), /^400 .*Content-Type/);
  assert.match(await ask("GET", "/containers/json?filters=nonsense"), /^400 .*filters is not JSON/);
  assert.match(
    await ask("GET", '/containers/json?filters={"nonsense":["a"]}'),
    /^400 .*invalid filter 'nonsense'/,
  );
  assert.match(await ask("GET", "/containers/json?limit=many"), /^400 .*limit/);
  assert.match(await ask("GET", "/v1.20/info"), /^400 .*too old/);
  assert.match(await ask("GET", "/v9.99/info"), /^400 .*too new/);
  assert.match(await ask("GET", "/no/such/page"), /^404 .*page not found/);
  assert.match(await ask("POST", "/volumes/create", '{"Name":"../../etc"}'), /^400 /);
  assert.match(
    await ask("POST", "/networks/create", '{"Name":"n","IPAM":{"Config":[{"Subnet":"many"}]}}'),
    /^400 .*many/,
  );
  await assertNothingLeft();
});
