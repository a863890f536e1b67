import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { startFixtureRegistry } from "./harness/fixture-registry.ts";
import type { TestRegistry } from "./harness/registry.ts";
import { inTerminal } from "./harness/terminal.ts";

// Files that Compose brings along: secrets, configs and Dockerfiles that are no files of the context.

let registry: TestRegistry;
let engine: TestEngine;
let directory: string;

before(async () => {
  registry = await startFixtureRegistry(["busybox:latest"]);
  engine = await startEngine({ mirrors: [registry.url] });
  directory = await mkdtemp(join(tmpdir(), "berth-compose-files-"));
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const compose = `
name: files
services:
  given:
    image: busybox
    command: sh -c "cat /run/secrets/token /etc/motd; stat -c '%a %u' /etc/motd"
    secrets: [token]
    configs: [{source: greeting, target: /etc/motd, mode: 0440, uid: "65534"}]
  inline:
    build: {context: app, dockerfile_inline: "FROM busybox\\nCMD [\\"echo\\", \\"from inline\\"]\\n"}
  outside:
    build: {context: app, dockerfile: ../other/Dockerfile}
secrets: {token: {environment: TOKEN}}
configs: {greeting: {content: "hello\\n"}}
`;

test("secrets and configs come by variable and content, Dockerfiles from the file itself and from elsewhere", async () => {
  await mkdir(join(directory, "app"));
  await mkdir(join(directory, "other"));
  await writeFile(join(directory, "app/note"), "outside too\n");
  await writeFile(
    join(directory, "other/Dockerfile"),
    'FROM busybox\nCOPY note /note\nCMD ["cat", "/note"]\n',
  );
  await writeFile(join(directory, "compose.yaml"), compose);
  const run = (...args: readonly string[]) =>
    engine.berth(["compose", ...args], { cwd: directory, env: { TOKEN: "secret\n" } });
  const up = await run("up");
  assert.equal(up.code, 0, up.stderr);
  for (const text of ["secret", "hello", "440 65534"])
    assert.match(up.stdout, new RegExp(`given-1 .*${text}`));
  assert.match(up.stdout, /inline-1 .*from inline/);
  assert.match(up.stdout, /outside-1 .*outside too/);
  const once = await run("run", "--rm", "given");
  assert.equal(once.stdout, "secret\nhello\n440 65534\n", once.stderr);
  const echoed = await engine.berth(["compose", "run", "--rm", "inline", "cat"], {
    cwd: directory,
    input: "in\n",
    env: { TOKEN: "x" },
  });
  assert.equal(echoed.stdout, "in\n", echoed.stderr);
  assert.match((await run("ps", "-a")).stdout, /CREATED[\s\S]*\d{4}-\d\d-\d\d/);
  const unset = await engine.berth(["compose", "up", "--force-recreate", "given"], { cwd: directory });
  assert.match(unset.stderr, /secrets\.token: the variable TOKEN that holds it is not set/);
  assert.equal((await run("down")).code, 0);
});

test("run gives the terminal to a one-off container", async () => {
  const line = [process.execPath, join(import.meta.dirname, "../runtime/main.ts"), "compose", "-f"];
  const command = [...line, join(directory, "compose.yaml"), "run", "--rm", "inline", "sh"];
  const typed = "tty; stty size; exit 3\n";
  const env = { DOCKER_HOST: `unix://${engine.socket}`, TOKEN: "x" };
  const { code, output } = await inTerminal(command.join(" "), typed, env);
  assert.match(output, /\/dev\/pts\/0\s+30 100/);
  assert.equal(code, 3);
});
