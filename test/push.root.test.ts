import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFaultyRegistry } from "./harness/faulty-registry.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import { startRegistry, type TestRegistry } from "./harness/registry.ts";

// Images go to real registries with the stock docker CLI, and come back to another engine.

let registry: TestRegistry;
let engine: TestEngine;
let directory: string;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  directory = await mkdtemp(join(tmpdir(), "berth-push-"));
  await writeFile(join(directory, "Dockerfile"), "FROM busybox\nRUN echo made > /made\nCMD cat /made\n");
  await engine.dockerOk(["build", "-t", `${registry.host}/team/app:1`, directory], {
    env: { DOCKER_BUILDKIT: "0" },
  });
});

after(async () => {
  try {
    await engine?.[Symbol.asyncDispose]();
  } finally {
    // A registry that stays would keep this process alive.
    await registry?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  }
});

test("a built image is pushed, only what is missing, and runs on another engine", async () => {
  const name = `${registry.host}/team/app`;
  await engine.dockerOk(["tag", "busybox", `${registry.host}/library/busybox:again`]);
  await engine.dockerOk(["push", `${registry.host}/library/busybox:again`]);

  const first = await engine.dockerOk(["push", `${name}:1`]);
  assert.match(first, /^The push refers to repository \[127\.0\.0\.1:\d+\/team\/app\]/);
  assert.match(first, /: Mounted from library\/busybox/);
  assert.match(first, /: Pushed/);
  const digest = /1: digest: (sha256:[0-9a-f]{64}) size: \d+$/.exec(first)?.[1];
  assert.ok(digest !== undefined, first);

  const second = await engine.dockerOk(["push", `${name}:1`]);
  assert.doesNotMatch(second, /Pushed|Mounted/);
  assert.match(second, new RegExp(`Layer already exists[\\s\\S]*1: digest: ${digest}`));
  assert.equal(
    await engine.dockerOk(["image", "inspect", "--format", "{{index .RepoDigests 0}}", `${name}:1`]),
    `${name}@${digest}`,
  );

  await using other = await startEngine();
  assert.equal(await other.dockerOk(["run", "--rm", `${name}:1`]), await madeText(name));
  assert.equal(
    await other.dockerOk(["image", "inspect", "--format", "{{.Id}}", `${name}:1`]),
    await engine.dockerOk(["image", "inspect", "--format", "{{.Id}}", `${name}:1`]),
  );
  await other.dockerOk(["rmi", `${name}:1`]);
});

async function madeText(name: string): Promise<string> {
  const out = await engine.dockerOk(["run", "--rm", `${name}:1`]);
  assert.equal(out.split("\n").at(-1), "made");
  return "made";
}

test("all tags of a repository are pushed and pulled", async () => {
  const name = `${registry.host}/team/many`;
  for (const tag of ["a", "b"]) await engine.dockerOk(["tag", "busybox", `${name}:${tag}`]);
  const said = await engine.dockerOk(["push", "-a", name]);
  assert.match(said, /a: digest: [\s\S]*b: digest: /);
  await engine.dockerOk(["rmi", `${name}:a`, `${name}:b`]);
  await engine.dockerOk(["pull", "-a", name]);
  const tags = await engine.dockerOk(["images", "--format", "{{.Tag}}", name]);
  assert.deepEqual(tags.split("\n").sort(), ["a", "b"]);
});

test("what is not here, and who is not there, is said", async () => {
  const absent = await engine.docker(["push", `${registry.host}/nothing:1`]);
  assert.equal(absent.code, 1);
  assert.match(absent.stderr, /An image does not exist locally with the tag: 127\.0\.0\.1:\d+\/nothing:1/);
  await engine.dockerOk(["tag", "busybox", "127.0.0.1:1/x:1"]);
  const closed = await engine.docker(["push", "127.0.0.1:1/x:1"]);
  assert.equal(closed.code, 1);
  assert.match(closed.stderr, /cannot push "127\.0\.0\.1:1\/x:1": .*ECONNREFUSED/);
});

test("a registry behind a login and a certificate of its own", async () => {
  await using guarded = await startRegistry({ login: true, tls: true });
  const config = join(directory, "config");
  const env = { DOCKER_CONFIG: config };
  const name = `${guarded.host}/secret/box:1`;
  await engine.dockerOk(["tag", "busybox", name]);
  const stranger = await engine.docker(["push", name], { env });
  assert.equal(stranger.code, 1);
  assert.match(stranger.stderr, /no basic auth credentials/);

  const login = (password: string) =>
    engine.docker(["login", "-u", "user", "--password-stdin", guarded.host], { env, input: password });
  const refused = await login("wrong");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /unauthorized/);
  assert.match((await login("secret")).stdout, /Login Succeeded/);
  await engine.dockerOk(["push", name], { env });
  await engine.dockerOk(["rmi", name]);
  await engine.dockerOk(["pull", name], { env });
});

test("berth logs in, pushes, pulls and logs out", async () => {
  await using guarded = await startRegistry({ login: true });
  const env = { DOCKER_CONFIG: join(directory, "berth") };
  const name = `${guarded.host}/own/box:1`;
  await engine.dockerOk(["tag", "busybox", name]);
  const berth = (args: readonly string[], input = "") => engine.berth(args, { env, input });
  const login = (password: string) =>
    berth(["login", "-u", "user", "--password-stdin", guarded.host], `${password}\n`);
  assert.match((await login("wrong")).stderr, /unauthorized/);
  assert.equal((await login("secret")).stdout, "Login Succeeded\n");
  assert.equal((await stat(join(env.DOCKER_CONFIG, "config.json"))).mode & 0o777, 0o600);
  const pushed = await berth(["push", name]);
  assert.match(pushed.stdout, /1: digest: sha256:/, pushed.stderr);
  // What one command stored, the other one reads.
  await engine.dockerOk(["push", name], { env });
  await engine.dockerOk(["rmi", name]);
  assert.equal((await berth(["pull", "-q", name])).code, 0);
  assert.equal(
    (await berth(["logout", guarded.host])).stdout,
    `Removing login credentials for ${guarded.host}\n`,
  );
  assert.equal((await berth(["push", name])).code, 1);
});

test("a registry is asked what it has", async () => {
  const address = `http://engine/v1.50/distribution/${registry.host}/library/busybox/json`;
  const { stdout } = await promisify(execFile)("curl", ["-sS", "--unix-socket", engine.socket, address]);
  const { Descriptor, Platforms } = JSON.parse(stdout);
  assert.match(Descriptor.digest, /^sha256:[0-9a-f]{64}$/);
  assert.match(Descriptor.mediaType, /manifest/);
  assert.equal(Platforms[0].os, "linux");
});

test("images are looked for by name, in a registry's catalogue or by its search", async () => {
  const rows = async (...words: string[]) =>
    (
      await engine.dockerOk(["search", "--format", "{{.Name}} {{.StarCount}} {{.IsOfficial}}", ...words])
    ).trim();
  // Debian's registry has no search, but a catalogue; the engine's mirror of Docker Hub is asked after the Hub.
  assert.equal(await rows(`${registry.host}/busy`), `${registry.host}/library/busybox 0`);
  assert.equal(await rows(`${registry.host}/nothing-like-it`), "");
  await using searching = await startFaultyRegistry(registry.url, ({ path }) => {
    const results = [
      { name: "team/web", description: "of the team", star_count: 3, is_official: false },
      { name: "web", description: "official", star_count: 900, is_official: true },
    ];
    return path === "/v1/search?q=web&n=25"
      ? { kind: "answer", body: JSON.stringify({ num_results: 2, results }) }
      : { kind: "status", status: 404 };
  });
  const { host } = searching;
  assert.equal(await rows(`${host}/web`), `${host}/team/web 3 \n${host}/web 900 [OK]`);
  assert.equal(await rows("--filter", "stars=10", `${host}/web`), `${host}/web 900 [OK]`);
  assert.equal(await rows("--filter", "is-official=false", `${host}/web`), `${host}/team/web 3`);
  const none = await engine.docker(["search", `${host}/other`]);
  assert.match(none.stderr, /cannot search for "127.0.0.1:\d+\/other": registry http:\/\/127.0.0.1:\d+: /);
});
