import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { type ProjectSource, readProject } from "./read-project.ts";

const signal = AbortSignal.timeout(10_000);

async function withFiles(
  files: Readonly<Record<string, string>>,
  body: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "berth-project-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function imageOf(source: ProjectSource): Promise<string | undefined> {
  return (await readProject(source, signal)).project.services.get("web")?.image;
}

const WEB = "services: {web: {image: 'nginx:${TAG-none}'}}";

test("the file is looked for upwards, its override merged, .env read beside it; the caller's environment wins", async () => {
  const files = {
    "docker-compose.yml": WEB,
    "docker-compose.override.yml": "services: {web: {tty: true}}",
    ".env": "TAG=1\n",
    "a/b/x": "",
  };
  await withFiles(files, async (directory) => {
    const source = { cwd: join(directory, "a/b"), env: {} };
    const { project } = await readProject(source, signal);
    assert.deepEqual([project.directory, project.files.length], [directory, 2]);
    assert.deepEqual(
      [project.services.get("web")?.image, project.services.get("web")?.tty],
      ["nginx:1", true],
    );
    assert.equal(await imageOf({ ...source, env: { TAG: "2" } }), "nginx:2");
  });
});

test("files given by name, by COMPOSE_FILE, or by COMPOSE_FILE in .env", async () => {
  const files = {
    "x.yml": WEB,
    "y.yml": "services: {web: {image: y}}",
    ".env": "COMPOSE_FILE=x.yml:y.yml\n",
  };
  await withFiles(files, async (cwd) => {
    assert.equal(await imageOf({ cwd, env: {} }), "y");
    assert.equal(await imageOf({ cwd, env: { COMPOSE_FILE: "x.yml" } }), "nginx:none");
    assert.equal(await imageOf({ cwd, env: {}, files: ["y.yml", "x.yml"] }), "nginx:none");
  });
});

test("env files given, profiles, project name", async () => {
  await withFiles(
    {
      "compose.yaml": "services: {web: {image: '$TAG', profiles: [p]}}",
      "my.env": "TAG=t\nCOMPOSE_PROFILES=p",
    },
    async (cwd) => {
      const read = await readProject({ cwd, env: {}, envFiles: ["my.env"], projectName: "Given" }, signal);
      assert.deepEqual([read.project.services.get("web")?.image, read.project.name], ["t", "given"]);
      await assert.rejects(
        readProject({ cwd, env: {}, envFiles: ["none.env"] }, signal),
        /cannot read the env file .*none\.env: no such file/,
      );
    },
  );
});

test("files that files refer to are read, those that are not there are told", async () => {
  const files = {
    "compose.yaml": "include: [sub/compose.yaml]\nservices: {web: {image: x, env_file: gone.env}}",
    "sub/compose.yaml": "services: {db: {image: '$DB'}}",
    "sub/.env": "DB=mysql",
  };
  await withFiles(files, async (cwd) => {
    const { project, problems } = await readProject({ cwd, env: {} }, signal);
    assert.equal(project.services.get("db")?.image, "mysql");
    assert.deepEqual(
      problems.map(({ message }) => message),
      [`cannot read ${join(cwd, "gone.env")}: no such file`],
    );
  });
});

test("no file at all", async () => {
  await withFiles({}, async (cwd) => {
    await assert.rejects(
      readProject({ cwd, env: {} }, signal),
      /no Compose file in .* looked for compose.yaml/,
    );
    await assert.rejects(
      readProject({ cwd, env: {}, files: ["x.yml"] }, signal),
      /cannot read the Compose file .*x\.yml: no such file/,
    );
  });
});
