import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FakeEngine } from "../compose/fake-engine.testing.ts";
import { compose } from "./compose.ts";

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function say(file: string, engine: FakeEngine, ...argv: readonly string[]): Promise<Said> {
  const cwd = await mkdtemp(join(tmpdir(), "berth-shop-"));
  try {
    await writeFile(join(cwd, "compose.yaml"), file);
    const stdout: string[] = [];
    const stderr: string[] = [];
    const code = await compose(["-p", "shop", ...argv], {
      client: engine.client(),
      stdout: (text) => void stdout.push(text),
      stderr: (text) => void stderr.push(text.replaceAll(cwd, "DIR")),
      cwd,
      env: {},
      signal: AbortSignal.timeout(5000),
    });
    return { code, stdout: stdout.join(""), stderr: stderr.join("") };
  } finally {
    await rm(cwd, { recursive: true });
  }
}

const WEB = "services:\n  web:\n    image: nginx\n";

test("up, ps, logs and down in words", async () => {
  const engine = new FakeEngine({ nginx: { output: "hello\nthere\n" } });
  const up = await say(WEB, engine, "up", "-d");
  assert.deepEqual([up.code, up.stdout], [0, ""]);
  assert.match(up.stderr, / Container shop-web-1 {2}Started\n$/);
  assert.equal((await say(WEB, engine, "ps", "-q")).stdout, `${"1".padStart(64, "0")}\n`);
  assert.equal((await say(WEB, engine, "logs")).stdout, "web-1  | hello\nweb-1  | there\n");
  assert.equal((await say(WEB, engine, "up", "--dry-run")).stdout, "nothing to do\n");
  assert.match((await say(WEB, engine, "down")).stderr, / Network shop_default {2}Removed\n$/);
  assert.equal(engine.containers.size, 0);
});

test("problems are printed with their place, and nothing is done", async () => {
  const engine = new FakeEngine({});
  const wrong = await say(`${WEB}    imgae: x\n`, engine, "up", "-d");
  assert.deepEqual(wrong, {
    code: 1,
    stdout: "",
    stderr:
      'DIR/compose.yaml:4:5: error: services.web has no key "imgae": did you mean "image"? (unknown-key)\n',
  });
  assert.deepEqual(engine.journal, []);
});

test("config prints what is understood, and can be read again", async () => {
  const engine = new FakeEngine({});
  const first = await say(
    "services:\n  web: {image: nginx, ports: ['80:80'], environment: ['PRICE=5$$'], command: 'echo $$A'}\n",
    engine,
    "config",
  );
  const second = await say(first.stdout, engine, "config");
  assert.equal(second.stdout, first.stdout);
  assert.match(first.stdout, /PRICE: 5\$\$\n/);
  assert.equal((await say(WEB, engine, "config", "--services")).stdout, "web\n");
});

test("what is not understood is said", async () => {
  const engine = new FakeEngine({});
  assert.match((await say(WEB, engine, "upp")).stderr, /^unknown command "compose upp"/);
  assert.equal((await say(WEB, engine, "up", "--nope")).stderr, "compose up: unknown flag: --nope\n");
  assert.equal((await say(WEB, engine, "up", "nobody")).stderr, 'no such service: "nobody"\n');
  assert.equal(
    (await say(WEB, engine, "logs", "--tail", "some")).stderr,
    '--tail: "some" is not a whole number\n',
  );
});
