import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { type BuildEngine, buildRequest, openBuildEngine, storeBases } from "./harness/build-engine.ts";
import { tarOf } from "./harness/oci-layout.ts";

let directory = "";
let engine: BuildEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-language-"));
  await mkdir(join(directory, "root"));
  engine = await openBuildEngine(join(directory, "root"), directory);
  await storeBases(engine);
});

after(async () => {
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

async function build(lines: readonly string[], files: Files, tag = "checked:latest"): Promise<string> {
  const context = await mkdtemp(join(directory, "context-"));
  for (const [name, text] of Object.entries({ ...files, Dockerfile: lines.join("\n") })) {
    await mkdir(dirname(join(context, name)), { recursive: true });
    await writeFile(join(context, name), text);
  }
  const request = buildRequest({ context: Readable.from([await tarOf(context)]), tags: [tag] });
  let output = "";
  for await (const { stream, errorDetail } of engine.builder.build(request, AbortSignal.timeout(60_000))) {
    output += stream ?? errorDetail?.message ?? "";
  }
  return output;
}

/** What the steps print. */
async function check(lines: readonly string[], expected: string, files: Files = {}): Promise<void> {
  const output = await build(lines, files);
  const own = /^(Step | ---> |Successfully |# Executing|\[Warning\])/;
  const printed = output.split("\n").filter((line) => !own.test(line));
  assert.equal(printed.join("\n"), expected, output);
}

test("--exclude leaves files out of directories and of wildcards, and out of the cache key", async () => {
  const lines = [
    "FROM busybox",
    "COPY --exclude=*.log --exclude=sub/deep . /all/",
    "COPY --exclude=b* *.txt /some/",
    "RUN cd / && find all some -type f | sort",
  ];
  const names = ["a.txt", "b.txt", "x.log", "sub/deep/y", "sub/kept"];
  const files = Object.fromEntries(names.map((name) => [name, ""]));
  const expected = "all/Dockerfile\nall/a.txt\nall/b.txt\nall/sub/kept\nsome/a.txt\n";
  await check(lines, expected, files);
  assert.equal((await build(lines, { ...files, "x.log": "new" })).match(/Using cache/g)?.length, 3);
});

test("mounts: what is written to an rw bind is dropped; private caches; a cache starts from a stage", async () => {
  await check(
    [
      "FROM busybox AS seed",
      "RUN mkdir /start && echo seeded > /start/file",
      "FROM busybox",
      "RUN --mount=type=bind,source=dir,target=/in,rw echo changed > /in/file && cat /in/file",
      "RUN --mount=type=bind,source=dir,target=/in cat /in/file",
      "RUN --mount=type=cache,target=/c,from=seed,source=/start,sharing=private cat /c/file",
    ],
    "changed\nbound\nseeded\n",
    { "dir/file": "bound\n" },
  );
});

test("a line that ends in two escapes does not go on; triggers keep their heredocs", async () => {
  await check(["FROM busybox", "RUN echo a\\\\", "RUN echo b"], "a\\\nb\n");
  await build(["FROM busybox", "ONBUILD RUN <<EOF", "echo from", "echo trigger", "EOF"], {}, "trigger:1");
  await check(["FROM trigger:1", "RUN echo own"], "from\ntrigger\nown\n");
});

test("ADD and repositories: branch, subdirectory, links that lead out, --keep-git-dir, --checksum", async () => {
  const work = await mkdtemp(join(directory, "work-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", work, "-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      env: { PATH: process.env.PATH, HOME: work, GIT_CONFIG_NOSYSTEM: "1" },
    })
      .toString()
      .trim();
  git("init", "-q", "-b", "main", ".");
  await mkdir(join(work, "sub/deep"), { recursive: true });
  await writeFile(join(work, "sub/deep/file"), "deep\n");
  await symlink("/etc", join(work, "out"));
  git("add", ".");
  git("commit", "-qm", "one");
  const commit = git("rev-parse", "HEAD");
  git("checkout", "-qb", "other");
  await writeFile(join(work, "top"), "other\n");
  git("add", ".");
  git("commit", "-qm", "two");
  git("checkout", "-q", "main");
  const { daemon, address } = await gitDaemon(work);
  try {
    await check(
      [
        "FROM busybox",
        `ADD ${address} /main/`,
        `ADD ${address}#other:/ /other/`,
        `ADD ${address}#main:sub/deep /deep/`,
        `ADD --keep-git-dir=true --checksum=${commit} ${address}#${commit} /kept/`,
        "RUN ls -A /main /deep && cat /deep/file /other/top && test -d /kept/.git",
      ],
      "/deep:\nfile\n\n/main:\nout\nsub\ndeep\nother\n",
    );
    await assert.rejects(
      build(["FROM busybox", `ADD ${address}#main:out /x/`], {}),
      /has no directory "out"/,
    );
    // The repository's top is its own `..`.
    await check(["FROM busybox", `ADD ${address}#main:../.. /x/`, "RUN ls /x"], "out\nsub\n");
    await assert.rejects(build(["FROM busybox", `ADD ${address}#--upload-pack=x /x/`], {}), /cannot fetch/);
  } finally {
    const end = once(daemon, "exit");
    daemon.kill();
    if (daemon.exitCode === null && daemon.signalCode === null) await end;
  }
});

/** Serves one repository on a free port of loopback. */
async function gitDaemon(work: string): Promise<{ readonly daemon: ChildProcess; readonly address: string }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  const port = typeof address === "object" ? address?.port : undefined;
  probe.close();
  await once(probe, "close");
  const options = [
    "--listen=127.0.0.1",
    `--port=${port}`,
    "--export-all",
    "--verbose",
    `--base-path=${work}`,
  ];
  const daemon = spawn("/usr/lib/git-core/git-daemon", [...options, work], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "uploadpack.allowAnySHA1InWant",
      GIT_CONFIG_VALUE_0: "true",
    },
  });
  await new Promise<void>((resolve, reject) => {
    daemon.stderr.on("data", (chunk) => String(chunk).includes("Ready to rumble") && resolve());
    daemon.once("exit", () => reject(new Error("git daemon ended")));
  });
  return { daemon, address: `git://127.0.0.1:${port}/.git` };
}
