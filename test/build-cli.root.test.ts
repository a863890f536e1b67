import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { writeBases } from "./build-corpus/bases.ts";
import { startEngine, type TestEngine } from "./harness/engine.ts";
import { tarOf } from "./harness/oci-layout.ts";

let directory = "";
let engine: TestEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-build-cli-"));
  engine = await startEngine({ args: ["--log-level", "debug"] });
  for (const archive of await writeBases(directory)) await engine.dockerOk(["load", "-q", "-i", archive]);
});

after(async () => {
  await engine?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function contextOf(files: Readonly<Record<string, string>>): Promise<string> {
  const context = await mkdtemp(join(directory, "context-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(context, name)), { recursive: true });
    await writeFile(join(context, name), text);
  }
  return context;
}

/** `berth build` that must succeed; gives what it printed. */
async function build(
  args: readonly string[],
  options: Parameters<TestEngine["berth"]>[1] = {},
): Promise<string> {
  const { code, stdout, stderr } = await engine.berth(["build", ...args], options);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** `berth build` that must fail; gives what it said. */
async function failing(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await engine.berth(["build", ...args]);
  assert.notEqual(code, 0, stdout);
  return stdout + stderr;
}

test("secrets reach their step as file and variable, and nothing else", async () => {
  const secret = "s3cr3t-of-the-test";
  const context = await contextOf({
    "token.txt": `${secret}\n`,
    ".dockerignore": "token.txt\n",
    Dockerfile: [
      "FROM busybox",
      "RUN --mount=type=secret,id=token,uid=7,mode=0440 stat -c '%u %a' /run/secrets/token > /seen && wc -c < /run/secrets/token >> /seen",
      "RUN --mount=type=secret,id=token,env=TOKEN,target=/elsewhere sh -c 'test $TOKEN = $(cat /elsewhere)'",
      "RUN --mount=type=secret,id=other,required=false test ! -e /run/secrets/other",
    ].join("\n"),
  });
  const args = ["--secret", `id=token,src=${context}/token.txt`, "-t", "secret:1", context];
  await build(args);
  assert.equal(
    await engine.dockerOk(["run", "--rm", "secret:1", "cat", "/seen"]),
    `7 440\n${secret.length + 1}`,
  );
  assert.equal(
    await engine.dockerOk(["run", "--rm", "secret:1", "sh", "-c", "test -e /run || echo none"]),
    "none",
  );
  // Another content comes to the same image, from the cache.
  await writeFile(join(context, "token.txt"), "another");
  assert.match(await build(args), /Using cache/);
  const saved = join(directory, "secret.tar");
  await engine.dockerOk(["save", "-o", saved, "secret:1"]);
  for (const where of [
    saved,
    join(engine.root, "build"),
    join(engine.root, "content"),
    join(engine.root, "images"),
  ]) {
    assert.throws(() => execFileSync("grep", ["-rqa", secret, where]), { status: 1 }, where);
  }
  assert.ok(!engine.log().includes(secret));
  assert.match(engine.log(), /POST|build/);
  const missing = await contextOf({
    Dockerfile: "FROM busybox\nRUN --mount=type=secret,id=x,required true\n",
  });
  assert.match(await failing([missing]), /Dockerfile:2: .*secret x: not found.*--secret id=x,src=FILE/);
  // What was offered is taken once.
  const { Id } = await engine.client.images.offerSecrets(
    { secrets: {}, agents: {} },
    AbortSignal.timeout(5000),
  );
  const again = async () => {
    const messages = engine.client.images.build(nothing(), { secrets: Id }, AbortSignal.timeout(5000));
    for await (const _ of messages);
  };
  await assert.rejects(again(), /archive|Dockerfile/);
  await assert.rejects(again(), /secrets of this build are not here/);
});

async function* nothing(): AsyncGenerator<Uint8Array> {}

test("an SSH agent is reached from a step, under the user it is for", async () => {
  const socket = join(directory, "agent.sock");
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "ignore"] });
  try {
    await once(agent.stdout, "data");
    const key = join(directory, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "of the test", "-f", key]);
    execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "ignore" });
    const context = await contextOf({
      Dockerfile: [
        "FROM busybox",
        "COPY root /",
        "USER nobody",
        "RUN --mount=type=ssh,uid=65534,required ssh-add -l > /tmp/answer && stat -c '%u %a' $SSH_AUTH_SOCK >> /tmp/answer",
      ].join("\n"),
    });
    copyProgram("/usr/bin/ssh-add", join(context, "root"));
    await build(["--ssh", `default=${socket}`, "-t", "ssh:1", context]);
    assert.equal(await answerOf("ssh:1"), `${fingerprint(key)}\n65534 600`);
    assert.match(await failing([context, "--no-cache"]), /ssh default: not found.*--ssh default/);
    assert.match(await failing(["--ssh", "default=/nowhere", context]), /\/nowhere is no socket of an agent/);
  } finally {
    const end = once(agent, "exit");
    agent.kill();
    await end;
  }
});

const answerOf = (image: string) => engine.dockerOk(["run", "--rm", image, "cat", "/tmp/answer"]);

/** As `ssh-add -l` tells of a key. */
function fingerprint(key: string): string {
  return execFileSync("ssh-keygen", ["-lf", `${key}.pub`])
    .toString()
    .trim();
}

/** A program of this host with the libraries it needs, below another root; in its `/bin`, and the libraries at their places. */
function copyProgram(program: string, root: string): void {
  const libraries = execFileSync("ldd", [program]).toString().match(/\/\S+/g) ?? [];
  execFileSync("mkdir", ["-p", join(root, "bin")]);
  execFileSync("cp", ["-L", program, join(root, "bin")]);
  execFileSync("cp", ["-L", "--parents", ...libraries, root]);
}

test("a shell at a line: behind its instruction, and before a RUN that fails", async () => {
  const context = await contextOf({
    Dockerfile: [
      "FROM busybox AS first",
      "WORKDIR /work",
      "ENV name=value",
      "USER nobody",
      "RUN echo made > /tmp/file",
      "RUN cat /missing \\",
      "    && echo never",
      "FROM first",
    ].join("\n"),
  });
  const shell = async (line: number, input: string) => {
    const { code, stdout, stderr } = await engine.berth(["build", "--shell-at", String(line), context], {
      input,
    });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.equal(await shell(5, "id -un; pwd; echo $name; cat /tmp/file\n"), "nobody\n/work\nvalue\nmade\n");
  assert.equal(await shell(7, "cat /tmp/file\n"), "made\n");
  assert.equal(await shell(2, "ls /tmp; pwd\n"), "/work\n");
  const images = await engine.client.images.list(
    { all: true, filters: { dangling: ["true"] } },
    AbortSignal.timeout(5000),
  );
  assert.deepEqual(images, [], "the images of the shells are gone");
  assert.match(await failing(["--shell-at", "99", context]), /there is no instruction of a stage at line 99/);
});

test("what an instruction changed, with sizes", async () => {
  const context = await contextOf({
    "a.txt": "12345",
    Dockerfile:
      "FROM busybox\nCOPY a.txt /d/\nRUN echo more >> /d/a.txt && rm /etc/group && mkdir /new\nENV a=b\n",
  });
  const diff = async (line: number) =>
    (await build(["--diff-at", String(line), context])).replaceAll(/ +/g, " ");
  assert.equal(await diff(2), "A /d/\nA 5B /d/a.txt\n");
  assert.equal(await diff(3), "C /d/\nC 10B /d/a.txt\nC /etc/\nD /etc/group\nA /new/\n");
  assert.equal(await diff(4), "");
});

test("contexts from standard input and from addresses; --iidfile; a Dockerfile outside", async () => {
  const idFile = join(directory, "id");
  await build(["-t", "piped:1", "--iidfile", idFile, "-"], { input: "FROM busybox\nRUN echo piped > /x\n" });
  assert.equal(
    await readFile(idFile, "utf8"),
    (await engine.client.images.inspect("piped:1", AbortSignal.timeout(5000))).Id,
  );
  const context = await contextOf({ file: "served\n", "sub/Dockerfile": "FROM busybox\nCOPY file /x\n" });
  const archive = await tarOf(context);
  const server = createServer((request, response) => {
    if (request.url === "/context.tar") response.end(archive);
    else if (request.url === "/Dockerfile") response.end("FROM busybox\nRUN echo alone > /x\n");
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    await build(["-f", "sub/Dockerfile", "-t", "remote:1", `${base}/context.tar`]);
    assert.equal(await engine.dockerOk(["run", "--rm", "remote:1", "cat", "/x"]), "served");
    // The docker command fetches such a Dockerfile itself; the engine must as well.
    await build(["-t", "remote:2", `${base}/Dockerfile`]);
    assert.equal(await engine.dockerOk(["run", "--rm", "remote:2", "cat", "/x"]), "alone");
    assert.match(await failing([`${base}/missing`]), /cannot fetch .*missing: the server answered 404/);
  } finally {
    server.close();
  }
  const outside = await contextOf({
    "Other.Dockerfile": "FROM busybox\nCOPY . /all\nRUN ls -A /all > /names\n",
  });
  await build(["-f", join(outside, "Other.Dockerfile"), "-t", "outside:1", await contextOf({ only: "" })]);
  assert.equal(await engine.dockerOk(["run", "--rm", "outside:1", "cat", "/names"]), "only");
});

test("limits hold in RUN; what is not there is refused or told", async () => {
  const context = await contextOf({
    Dockerfile: "FROM busybox\nRUN ulimit -n && df -k /dev/shm | tail -1\n",
  });
  const limited = await build(["--ulimit", "nofile=123:456", "--shm-size", "3m", "--memory", "64m", context]);
  assert.match(limited, /^123\n.* 3072 /m);
  assert.match(await build(["--cache-from", "other:1", context]), /--cache-from other:1 is not used/);
  const squashed = await engine.docker(["build", "--squash", context], { env: { DOCKER_BUILDKIT: "0" } });
  assert.notEqual(squashed.code, 0);
});

test("--check lints and builds nothing", async () => {
  const context = await contextOf({ Dockerfile: "FROM busybox AS Odd\nMAINTAINER me\n" });
  const said = await failing(["--check", context]);
  assert.match(said, /Dockerfile:2/);
  assert.doesNotMatch(said, /Successfully built|Step 1/);
});
