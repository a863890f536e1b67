import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lint } from "./lint.ts";

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in a directory with these files. */
async function run(
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
  look: (directory: string, ran: Ran) => void | Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "berth-lint-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(cwd, name, ".."), { recursive: true });
      await writeFile(join(cwd, name), content);
    }
    const stdout: string[] = [];
    const stderr: string[] = [];
    const status = await lint(argv, {
      cwd,
      env: {},
      signal: new AbortController().signal,
      stdout: (text) => void stdout.push(text),
      stderr: (text) => void stderr.push(text),
    });
    await look(cwd, { status, stdout: stdout.join(""), stderr: stderr.join("") });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

const FILES = {
  Dockerfile: "FROM node\nCMD ['a']\n",
  "sub/compose.yaml": "services:\n  web:\n    imagee: nginx:1\n",
  "node_modules/Dockerfile": "FROM node\n",
};

test("lint finds Dockerfiles and Compose files below a directory", async () => {
  await run(FILES, [], (_, { status, stdout }) => {
    assert.equal(status, 1);
    assert.equal(
      stdout,
      `Dockerfile:1:6: warning: image has no tag, which means latest: name a version (pin-base-image, DL3006)
Dockerfile:2:5: error: single quotes make this no JSON array: the shell would run it as text (single-quoted-json, JSON_IN_SINGLE_QUOTES)
sub/compose.yaml:2:3: error: service "web" has neither image nor build (no-image)
sub/compose.yaml:3:5: error: services.web has no key "imagee": did you mean "image"? (unknown-key, invalid-schema)
`,
    );
  });
});

test("lint --fix writes what is safe", async () => {
  await run(FILES, ["--fix", "--level", "DL3006=off"], async (directory, { status, stdout }) => {
    assert.equal(stdout, "");
    assert.equal(status, 0);
    assert.equal(await readFile(join(directory, "Dockerfile"), "utf8"), 'FROM node\nCMD ["a"]\n');
    assert.equal(
      await readFile(join(directory, "sub/compose.yaml"), "utf8"),
      "services:\n  web:\n    image: nginx:1\n",
    );
  });
});

test("lint --fail-on and --format github", async () => {
  await run(
    { Dockerfile: "FROM node\n" },
    ["--fail-on", "error", "--format", "github"],
    (_, { status, stdout }) => {
      assert.equal(status, 0);
      assert.equal(
        stdout,
        "::warning file=Dockerfile,line=1,col=6,endLine=1,endColumn=10,title=pin-base-image::image has no tag, which means latest: name a version\n",
      );
    },
  );
});

test("lint --format json and sarif are JSON", async () => {
  await run({ Dockerfile: "FROM node\n" }, ["--format", "json", "Dockerfile"], (_, { stdout }) => {
    assert.deepEqual(JSON.parse(stdout)[0].codes, ["DL3006"]);
  });
  await run({ Dockerfile: "FROM node\n" }, ["--format", "sarif", "Dockerfile"], (_, { stdout }) => {
    assert.equal(JSON.parse(stdout).runs[0].results[0].ruleId, "pin-base-image");
  });
});

test("lint of a file that is not there says so", async () => {
  await run({}, ["Dockerfile"], (_, { status, stderr }) => {
    assert.equal(status, 2);
    assert.match(stderr, /^cannot read Dockerfile: ENOENT/);
  });
});

test("lint reads .hadolint.yaml, here and above; the command line wins", async () => {
  const files = { ".hadolint.yaml": "ignored: [DL3006, DL3025]\n", "a/Dockerfile": "FROM node\nCMD a b\n" };
  await run(files, ["--level", "DL3025=info"], (_, { status, stdout }) => {
    assert.match(stdout, /^a\/Dockerfile:2:5: info: .*json-command.*\n$/);
    assert.equal(status, 0);
  });
});
