import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import type { BuildRequest } from "../runtime/engine/http/backend.ts";
import { type BuildEngine, buildRequest, openBuildEngine, storeBases } from "./harness/build-engine.ts";
import { tarOf } from "./harness/oci-layout.ts";

let directory = "";
let root = "";
let engine: BuildEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-build-"));
  root = join(directory, "root");
  await mkdir(root);
  engine = await openBuildEngine(root, directory);
  await storeBases(engine);
});

after(async () => {
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly output: string;
  readonly id: string | undefined;
  readonly error: string | undefined;
}

/** Builds a context of the given files and checks that no mount, directory or snapshot is left of the build itself. */
async function build(
  files: Readonly<Record<string, string>>,
  options: Partial<BuildRequest> = {},
  signal: AbortSignal = AbortSignal.timeout(60_000),
  { builder } = engine,
): Promise<Outcome> {
  const request = buildRequest({ context: Readable.from([await contextOf(files)]), ...options });
  const outcome: { output: string; id: string | undefined; error: string | undefined } = {
    output: "",
    id: undefined,
    error: undefined,
  };
  try {
    for await (const { stream, aux, errorDetail } of builder.build(request, signal)) {
      outcome.error ??= errorDetail?.message;
      outcome.output += stream ?? "";
      outcome.id = aux?.ID ?? outcome.id;
    }
  } catch (error) {
    outcome.error = error instanceof Error ? error.message : String(error);
  }
  assert.deepEqual(await leftovers(), []);
  return outcome;
}

async function contextOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const context = await mkdtemp(join(directory, "context-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(context, name)), { recursive: true });
    await writeFile(join(context, name), text);
  }
  return await tarOf(context);
}

async function leftovers(): Promise<string[]> {
  const mounts = (await readFile("/proc/self/mountinfo", "utf8"))
    .split("\n")
    .filter((line) => line.includes(root));
  const directories = await readdir(join(root, "build/tmp"));
  const active = (await readdir(join(root, "snapshots/index"))).filter((name) => name.includes("build-"));
  return [...mounts, ...directories, ...active];
}

/** A Dockerfile whose last step prints; the output of its steps without the builder's own lines. */
async function check(dockerfile: string, expected: string, files: Readonly<Record<string, string>> = {}) {
  const { output, error } = await build({ Dockerfile: dockerfile, ...files });
  assert.equal(error, undefined, output);
  const own = /^(Step | ---> |Successfully |# Executing|\[Warning\])/;
  assert.equal(
    output
      .split("\n")
      .filter((line) => !own.test(line))
      .join("\n"),
    expected,
  );
}

test("the seed's kind of Dockerfile: messages, configuration, history, tags", async () => {
  const files = {
    Dockerfile:
      'FROM busybox\nWORKDIR /my_app\nCOPY . /my_app\nRUN cat app.txt && echo built > out\nEXPOSE 3000\nCMD ["cat","out"]\n',
    "app.txt": "app\n",
  };
  const { output, id } = await build(files, {
    tags: ["my-app", "localhost:5000/my-app:1"],
    labels: { by: "test" },
  });
  const shown = output.replace(/ [0-9a-f]{12}$/gm, " HEX");
  assert.equal(
    shown,
    [
      "Step 1/6 : FROM busybox\n ---> HEX\nStep 2/6 : WORKDIR /my_app\n ---> HEX\nStep 3/6 : COPY . /my_app\n ---> HEX",
      "Step 4/6 : RUN cat app.txt && echo built > out\n ---> Running in HEX\napp\n ---> Removed intermediate container HEX",
      ' ---> HEX\nStep 5/6 : EXPOSE 3000\n ---> HEX\nStep 6/6 : CMD ["cat","out"]\n ---> HEX',
      "Successfully built HEX\nSuccessfully tagged my-app:latest\nSuccessfully tagged localhost:5000/my-app:1\n",
    ].join("\n"),
  );
  const image = await engine.images.inspect("my-app");
  assert.equal(image.Id, id);
  assert.deepEqual(
    { ...image.Config, Labels: image.Config.Labels },
    {
      ArgsEscaped: true,
      Cmd: ["cat", "out"],
      Env: ["PATH=/bin"],
      ExposedPorts: { "3000/tcp": {} },
      Labels: { by: "test" },
      WorkingDir: "/my_app",
    },
  );
  assert.equal(image.RootFS.Layers.length, 4);
  const history = (await engine.images.history("my-app")).map(
    ({ CreatedBy, Size }) => `${Size} ${CreatedBy}`,
  );
  assert.deepEqual(history, [
    '0 CMD ["cat" "out"]',
    "0 EXPOSE map[3000/tcp:{}]",
    "6 RUN /bin/sh -c cat app.txt && echo built > out # buildkit",
    `${files.Dockerfile.length + 4} COPY . /my_app # buildkit`,
    "0 WORKDIR /my_app",
    history.at(-1),
  ]);
  const again = await build(files, { labels: { by: "test" } });
  assert.equal(again.output.match(/Using cache/g)?.length, 5);
  assert.equal(again.id, id);
  const fresh = await build(files, { labels: { by: "test" }, noCache: true });
  assert.equal(fresh.output.match(/Using cache/g), null);
  assert.equal((await build({ ...files, "app.txt": "changed\n" })).output.match(/Using cache/g)?.length, 1);
});

test("the cache survives a restart", async () => {
  const files = { Dockerfile: "FROM busybox\nRUN date > /date\n" };
  const first = await build(files);
  await engine.stop();
  engine = await openBuildEngine(root, directory);
  assert.equal((await build(files)).id, first.id);
});

test("variables: ARG in its scopes, ENV over ARG, build arguments, platform", async () => {
  const dockerfile = [
    "ARG base=busybox",
    "ARG global=g",
    "FROM ${base}:latest AS one",
    "ARG global",
    "ARG given=default",
    "ARG both=arg",
    "ENV both=env copy=${given:+set}",
    "ARG TARGETOS",
    "RUN echo $global $given $both $copy $TARGETOS $undeclared-",
    "FROM one",
    "RUN echo $given",
  ].join("\n");
  const { output } = await build({ Dockerfile: dockerfile }, { buildArgs: { given: "G", undeclared: "u" } });
  assert.match(output, /^g G env set linux -$/m);
  assert.match(output, /^G$/m);
  assert.match(output, /\[Warning\] One or more build-args \[undeclared\] were not consumed/);
});

test("stages: only what the target needs; --from of stage, number and image", async () => {
  const dockerfile = [
    "FROM busybox AS a",
    "RUN echo a > /a && mkdir -p /d/e && echo e > /d/e/f && chown -R 7:8 /d",
    "FROM busybox AS broken",
    "RUN false",
    "FROM scratch AS empty",
    "COPY --from=a /a /copied",
    "FROM busybox",
    "COPY --from=A /a /d /dest/",
    "COPY --from=0 /a /zero",
    "COPY --from=empty /copied /empty",
    "COPY --from=busybox:latest /etc/passwd /users",
    "COPY --from=a --chown=nobody:9 /d /owned/",
    "RUN cat /dest/a /dest/e/f /zero /empty && head -n 1 /users && stat -c '%u:%g %n' /dest/e/f /owned/e/f",
  ].join("\n");
  await check(dockerfile, "a\ne\na\na\nroot:x:0:0:root:/root:/bin/sh\n7:8 /dest/e/f\n65534:9 /owned/e/f\n");
  const target = await build({ Dockerfile: dockerfile }, { target: "broken" });
  assert.match(target.output, /Step 1\/2/);
  assert.equal(
    target.error,
    "Dockerfile:4: RUN false: The command '/bin/sh -c false' returned a non-zero code: 1",
  );
});

test(".dockerignore, wildcards, modes and owners", async () => {
  const dockerfile = [
    "FROM busybox",
    "COPY . /all/",
    "COPY --chown=12 --chmod=0640 *.txt /some/",
    "RUN cd /all && find . -type f | sort && stat -c '%a %u:%g %n' /some/*",
  ].join("\n");
  await check(dockerfile, "./a.txt\n./keep.log\n./sub/x.md\n640 12:12 /some/a.txt\n", {
    ".dockerignore": "# note\n**/*.log\n!keep.log\nDockerfile\n.dockerignore\n",
    "a.txt": "",
    "keep.log": "",
    "sub/no.log": "",
    "sub/x.md": "",
  });
});

test("--parents keeps the directories of a source, from a /./ on when there is one", async () => {
  const dockerfile = [
    "FROM busybox",
    "COPY --parents a/*/one.txt two.txt a/b/deep /p/",
    "COPY --parents a/./b/one.txt /q/",
    "RUN find /p /q -type f | sort",
  ].join("\n");
  const expected = "/p/a/b/deep/three.txt\n/p/a/b/one.txt\n/p/a/c/one.txt\n/p/two.txt\n/q/b/one.txt\n";
  const names = ["a/b/one.txt", "a/c/one.txt", "two.txt", "a/b/deep/three.txt"];
  await check(dockerfile, expected, Object.fromEntries(names.map((name) => [name, ""])));
});

test("heredocs, shells, users, mounts", async () => {
  const dockerfile = [
    "FROM busybox",
    "COPY <<one <<'two' /h/",
    "$PATH",
    "one",
    "$PATH",
    "two",
    "RUN <<EOF",
    "cat /h/one",
    "cat /h/two",
    "EOF",
    "RUN <<EOF",
    "#!/bin/sh -e",
    'echo "script $0"',
    "EOF",
    // The layer's own root directory is closed to others.
    "RUN chmod 755 /",
    "USER nobody",
    'SHELL ["/bin/sh", "-ec"]',
    "RUN id -u; false; echo no || true",
  ].join("\n");
  const { output, error } = await build({ Dockerfile: dockerfile });
  assert.match(output, /^\/bin\n\$PATH$/m);
  assert.match(output, /^script \/dev\/pipes\/EOF$/m);
  assert.match(output, /^65534$/m);
  assert.equal(
    error,
    "Dockerfile:18: RUN id -u; false; echo no || true: The command '/bin/sh -ec id -u; false; echo no || true' returned a non-zero code: 1",
  );
  await check(
    [
      "FROM busybox",
      "RUN --mount=type=cache,target=/cache echo kept > /cache/file",
      "RUN --mount=type=cache,target=/cache --mount=type=bind,source=dir,target=/in --mount=type=tmpfs,target=/t \\",
      "  cat /cache/file /in/file && touch /t/x",
      "RUN ls -d /cache /in /t 2>/dev/null | wc -l",
    ].join("\n"),
    "kept\nbound\n0\n",
    { "dir/file": "bound\n" },
  );
});

test("ADD unpacks local archives and fetches addresses; ONBUILD runs in the next build", async () => {
  const tree = await mkdtemp(join(directory, "tree-"));
  await writeFile(join(tree, "packed"), "packed\n");
  for (const [format, flag] of [
    ["gz", "-z"],
    ["xz", "-J"],
    ["bz2", "-j"],
    ["zst", "--zstd"],
  ] as const) {
    execFileSync("tar", ["-c", flag, "-f", join(tree, `a.${format}`), "-C", tree, "packed"]);
  }
  const server = createServer((_, response) => response.end("fetched\n")).listen(0, "127.0.0.1");
  try {
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const context = await mkdtemp(join(directory, "context-"));
    const dockerfile = [
      "FROM busybox",
      ...["gz", "xz", "bz2", "zst"].map((format) => `ADD a.${format} /${format}/`),
      `ADD http://127.0.0.1:${port}/dir/file.txt /net/`,
      "COPY a.gz /plain/",
      "RUN cat /gz/packed /xz/packed /bz2/packed /zst/packed /net/file.txt && ls /plain && stat -c %a /net/file.txt",
    ].join("\n");
    await writeFile(join(context, "Dockerfile"), dockerfile);
    for (const format of ["gz", "xz", "bz2", "zst"]) {
      execFileSync("cp", [join(tree, `a.${format}`), context]);
    }
    const archive = Readable.from([await tarOf(context)]);
    const { output, error } = await build({}, { context: archive });
    assert.equal(error, undefined, output);
    assert.match(output, /^(packed\n){4}fetched\na\.gz\n600$/m);
  } finally {
    server.close();
  }
  await check("FROM onbuild\nRUN echo after", "trigger\nafter\n", { "a.txt": "trigger\n" });
});

test("failures name what was asked, and leave nothing", async () => {
  const failing: readonly (readonly [dockerfile: string, error: RegExp])[] = [
    ["FROM busybox\n\nRUNN x", /^Dockerfile:3: unknown instruction: RUNN$/],
    [
      "FROM busybox\nCOPY nope /",
      /^Dockerfile:2: .*: COPY failed: file not found in build context .*stat nope/,
    ],
    [
      "FROM busybox\nCOPY ../../etc/passwd /",
      /^Dockerfile:2: .*: COPY failed: forbidden path outside the build context/,
    ],
    ["FROM busybox\nCOPY --chown=ghost a.txt /", /no such user: ghost/],
    [
      "FROM busybox\nCOPY --parents=maybe a.txt /",
      /^Dockerfile:2: .*: COPY --parents is true or false, not "maybe"$/,
    ],
    [
      "FROM busybox\nADD git://127.0.0.1:1/x.git /",
      /^Dockerfile:2: .*: cannot fetch git:\/\/127.0.0.1:1\/x.git: /,
    ],
    ["FROM busybox\nRUN --security=insecure x", /^Dockerfile:2: .*: RUN --security=insecure is not allowed/],
    [
      "FROM busybox\nRUN exit 42",
      /^Dockerfile:2: .*: The command '\/bin\/sh -c exit 42' returned a non-zero code: 42$/,
    ],
    ['FROM busybox\nRUN ["/nope"]', /^Dockerfile:2: .*: The command '\/nope' returned a non-zero code: \d+$/],
    ["FROM ${nothing}", /^Dockerfile:1: .*: base name \(\$\{nothing\}\) should not be blank$/],
    ["FROM nothing-here:1", /nothing-here/],
    ["FROM busybox\nEXPOSE x", /^Dockerfile:2: .*: invalid containerPort: x$/],
    ["# only a comment", /^Dockerfile:1: file with no instructions$/],
    [" ", /^the Dockerfile \(Dockerfile\) cannot be empty$/],
  ];
  for (const [dockerfile, expected] of failing) {
    const { error } = await build({ Dockerfile: dockerfile, "a.txt": "" });
    assert.match(error ?? "it succeeded", expected);
  }
  const missing = await build({ x: "" }, { dockerfile: "sub/Dockerfile.dev" });
  assert.equal(missing.error, "Cannot locate specified Dockerfile: sub/Dockerfile.dev");
  const target = await build({ Dockerfile: "FROM busybox" }, { target: "t" });
  assert.equal(target.error, 'Dockerfile: target stage "t" could not be found');
  const tag = await build({ Dockerfile: "FROM busybox" }, { tags: ["Upper"] });
  assert.match(tag.error ?? "", /must be lowercase/);
});

test("a full disk is named and leaves nothing, at whatever step it fills", async () => {
  const small = join(directory, "small");
  await mkdir(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "berth-test", small]);
  try {
    const full = await openBuildEngine(join(small, "root"), directory);
    await storeBases(full);
    const megabytes = (count: number) => "x".repeat(count << 20);
    const before = await readdir(join(small, "root/snapshots"));
    // The context, the copy, the layer's blob: each does not fit in turn.
    for (const count of [9, 5, 3]) {
      const files = { Dockerfile: "FROM busybox\nCOPY big /a\n", big: megabytes(count) };
      const { error } = await build(files, {}, undefined, full);
      assert.match(error ?? "it succeeded", /no space left/i, `${count} MB`);
      assert.deepEqual(await readdir(join(small, "root/build/tmp")), []);
      assert.deepEqual(await readdir(join(small, "root/snapshots")), before);
    }
    assert.equal(
      (await build({ Dockerfile: "FROM busybox\nRUN true" }, {}, undefined, full)).error,
      undefined,
    );
    await full.stop();
  } finally {
    execFileSync("umount", ["-R", small]);
  }
});

test("a cancelled build stops its step and leaves nothing", async () => {
  const cancel = new AbortController();
  const archive = await contextOf({ Dockerfile: "FROM busybox\nRUN echo started && sleep 1000\n" });
  const request = buildRequest({ context: Readable.from([archive]) });
  const started = performance.now();
  await assert.rejects(async () => {
    for await (const { stream } of engine.builder.build(request, cancel.signal)) {
      if (stream?.trim() === "started") cancel.abort(new Error("enough"));
    }
  }, /enough/);
  assert.ok(performance.now() - started < 20_000);
  assert.deepEqual(await leftovers(), []);
});
