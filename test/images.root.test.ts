import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest } from "../runtime/engine/image/resolved.ts";
import { collect, makeBench, pull, withBench } from "./harness/image-bench.ts";
import { busyboxLayer, writeOciLayout } from "./harness/oci-layout.ts";
import { startRegistry } from "./harness/registry.ts";

const pullOnce = join(import.meta.dirname, "harness", "pull-once.ts");
const never = new AbortController().signal;
/** What is left of images on disk, beside the documents. */
async function leftovers(root: string): Promise<string[]> {
  const blobs = await readdir(join(root, "content", "blobs", "sha256"));
  const ingests = await readdir(join(root, "content", "ingest"));
  const snapshots = (await readdir(join(root, "snapshots"))).filter(
    (name) => name !== "index" && name !== "empty",
  );
  const records = await readdir(join(root, "snapshots", "index"));
  return [...blobs, ...ingests, ...snapshots, ...records];
}

test("busybox is pulled through a mirror of docker.io, listed, run from disk, tagged, removed", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    const layout = join(bench.directory, "busybox");
    const { imageId } = await writeOciLayout(layout, {
      layers: [await busyboxLayer()],
      config: { Cmd: ["sh"], Labels: { purpose: "test" } },
    });
    await registry.push(`oci:${layout}:latest`, "library/busybox:latest");
    const { images, snapshots } = await bench.open({ mirrors: [registry.url] });

    const lines = await pull(images, "busybox");
    assert.equal(lines[0], "latest: Pulling from library/busybox");
    assert.match(lines.at(-2) ?? "", /^Digest: sha256:[0-9a-f]{64}$/);
    assert.equal(lines.at(-1), "Status: Downloaded newer image for busybox:latest");
    const steps = lines.slice(1, -2).map((line) => line.replace(/^[0-9a-f]{12}: /, ""));
    assert.deepEqual(steps, ["Pulling fs layer", "Verifying Checksum", "Download complete", "Pull complete"]);
    assert.equal(
      (await pull(images, "busybox:latest")).at(-1),
      "Status: Image is up to date for busybox:latest",
    );

    const image = await images.resolve("busybox");
    assert.equal(image.id, imageId);
    assert.deepEqual(image.config.Cmd, ["sh"]);
    assert.deepEqual(
      (await images.list({ all: false, filters: {}, sharedSize: false })).map((row) => row.RepoTags),
      [["busybox:latest"]],
    );
    const inspected = await images.inspect(image.id.slice(7, 19));
    assert.ok(inspected.Size > 500_000);
    assert.match(inspected.RepoDigests[0] ?? "", /^busybox@sha256:/);
    assert.equal((await images.history("busybox")).length, 1);

    const target = join(bench.directory, "rootfs");
    await snapshots.prepare("c1", image.chainId);
    await snapshots.mount("c1", target, never);
    try {
      assert.equal(execFileSync("chroot", [target, "/bin/echo", "hello"]).toString(), "hello\n");
    } finally {
      await snapshots.unmount(target, never);
      await snapshots.remove("c1");
    }

    await images.tag("busybox", "localhost:5000/team/box", "v1");
    assert.deepEqual((await images.inspect("busybox")).RepoTags, [
      "busybox:latest",
      "localhost:5000/team/box:v1",
    ]);
    assert.deepEqual(await images.remove("localhost:5000/team/box:v1", { force: false, noPrune: false }), [
      { Untagged: "localhost:5000/team/box:v1" },
    ]);
    const removed = await images.remove("busybox", { force: false, noPrune: false });
    assert.deepEqual(
      removed.map((item) => Object.keys(item)[0]),
      ["Untagged", "Untagged", "Deleted", "Deleted"],
    );
    assert.deepEqual(await leftovers(bench.root), []);
    assert.deepEqual(
      bench.events.map(({ Action }) => Action),
      ["pull", "pull", "tag", "untag", "untag", "untag", "delete"],
    );
  }));

test("images with layers in common, pulled at once, share them; one goes, the other stays; a restart changes nothing", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    const scripts = [
      "seq 1 20000 > numbers",
      "echo two > two",
      "rm -f x; echo three > three",
      "echo four > four",
    ];
    await registry.push(await bench.layout(scripts, { Env: ["A=1"] }), "team/one:1");
    await registry.push(await bench.layout([...scripts, "echo five > five"], { Env: ["A=2"] }), "team/two:1");
    const first = await bench.open();
    const names = [`${registry.host}/team/one:1`, `${registry.host}/team/two:1`];
    await Promise.all([...names, ...names].map((name) => pull(first.images, name)));
    assert.equal(first.snapshots.committed().length, 5);
    await first.images.remove(names[1] ?? "", { force: false, noPrune: false });
    assert.equal(first.snapshots.committed().length, 4);

    await writeFile(join(bench.root, "content", "ingest", "torn"), "x");
    await first.content.put(Buffer.from("a blob of a pull that was killed"));
    const again = await bench.open();
    assert.deepEqual((await again.images.inspect(names[0] ?? "")).Config.Env, ["A=1"]);
    await assert.rejects(again.images.inspect(names[1] ?? ""), {
      kind: "not-found",
      message: `No such image: ${names[1]}`,
    });
    await again.images.remove(names[0] ?? "", { force: false, noPrune: false });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("unknown images, wrong platforms and registries that are down are told apart", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    await registry.push(await bench.layout(["echo x > x"]), "library/there:1");
    const { images } = await bench.open({ mirrors: [registry.url] });
    await assert.rejects(pull(images, "there:2"), {
      kind: "not-found",
      message:
        /^manifest for there:2 not found: manifest unknown: manifest unknown \(registry mirror http:\/\/127.*ECONNREFUSED 127.0.0.1:1\)$/,
    });
    await assert.rejects(pull(images, "NoSuch"), {
      kind: "invalid-argument",
      message: /^invalid reference format/,
    });
    await assert.rejects(pull(images, `${registry.host}/nothing/here`), {
      kind: "not-found",
      message: /^(manifest for 127.0.0.1:\d+\/nothing\/here:latest not found|pull access denied for)/,
    });
    await assert.rejects(pull(images, "there:1", "linux/s390x"), {
      kind: "not-found",
      message: /cannot pull "there:1" from registry mirror .*wanted linux\/s390x, actual: linux\//,
    });
    const down = await bench.open({ mirrors: ["http://127.0.0.1:9"] });
    await assert.rejects(pull(down.images, "nginx:latest"), {
      kind: "unavailable",
      message:
        'cannot pull "nginx:latest": registry mirror http://127.0.0.1:9: connect ECONNREFUSED 127.0.0.1:9; registry http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a damaged layer is refused and nothing of its image stays", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    const layout = await bench.layout(["seq 1 50000 > good", "seq 1 60000 > bad"]);
    await registry.push(layout, "a/b:1");
    const digests = await layersOf(registry.url, "a/b", "1");
    const hex = digests[1]?.slice(7) ?? "";
    const file = join(
      registry.dataDirectory,
      "docker/registry/v2/blobs/sha256",
      hex.slice(0, 2),
      hex,
      "data",
    );
    const data = await readFile(file);
    data[data.length - 20] = (data[data.length - 20] ?? 0) ^ 1;
    await writeFile(file, data);
    const { images } = await bench.open();
    await assert.rejects(pull(images, `${registry.host}/a/b:1`), {
      message: new RegExp(
        `^cannot pull "${registry.host}/a/b:1" from registry .*: digest mismatch: expected sha256:${hex}`,
      ),
    });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a mirror whose layers are damaged is replaced by the next server", () =>
  withBench(async (bench) => {
    await using broken = await startRegistry();
    await using whole = await startRegistry();
    const layout = await bench.layout(["seq 1 50000 > good"]);
    for (const registry of [broken, whole]) await registry.push(layout, "library/box:1");
    const hex = (await layersOf(broken.url, "library/box", "1"))[0]?.slice(7) ?? "";
    const blobs = join(broken.dataDirectory, "docker/registry/v2/blobs/sha256");
    const file = join(blobs, hex.slice(0, 2), hex, "data");
    const data = await readFile(file);
    data[data.length - 20] = (data[data.length - 20] ?? 0) ^ 1;
    await writeFile(file, data);
    const { images } = await bench.open({ mirrors: [broken.url, whole.url] });
    const lines = await pull(images, "box:1");
    const note = lines.find((line) => line.includes("going on with"));
    assert.match(
      note ?? "",
      new RegExp(`^registry mirror ${broken.url} failed, going on with registry mirror`),
    );
    assert.equal(lines.at(-1), "Status: Downloaded newer image for box:1");
    const rows = await images.list({ all: true, filters: {}, sharedSize: true });
    assert.deepEqual(
      rows.map(({ SharedSize }) => SharedSize),
      [0],
    );
  }));

test("a full disk ends a pull with a clear error, and nothing of it stays", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    await registry.push(await bench.layout(["head -c 30000000 /dev/urandom > big", "echo x > x"]), "a/big:1");
    await registry.push(await bench.layout(["head -c 40000000 /dev/zero > wide"]), "a/wide:1");
    await registry.push(await bench.layout(["echo small > small"]), "a/small:1");
    const root = join(bench.directory, "small");
    await mkdir(root);
    const file = join(bench.directory, "disk.img");
    execFileSync("sh", [
      "-c",
      `truncate -s 24M ${file} && mkfs.ext4 -q -F ${file} && mount -o loop ${file} ${root}`,
    ]);
    try {
      const small = makeBench(bench.directory, join(root, "engine"));
      const { images } = await small.open();
      await assert.rejects(pull(images, `${registry.host}/a/big:1`), {
        kind: "internal",
        message:
          /^cannot pull "127.0.0.1:\d+\/a\/big:1" from registry http.*: cannot store blob sha256:[0-9a-f]+: no space left on device$/,
      });
      await assert.rejects(pull(images, `${registry.host}/a/wide:1`), {
        message: /cannot unpack layer sha256:[0-9a-f]+: no space left on device$/,
      });
      assert.deepEqual(await leftovers(small.root), []);
      await pull(images, `${registry.host}/a/small:1`);
      await images.remove(`${registry.host}/a/small:1`, { force: false, noPrune: false });
    } finally {
      execFileSync("umount", [root]);
    }
  }));

test("wherever in a pull the disk becomes full, it says so and leaves nothing", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    const scripts = [
      "seq 1 30000 > a; mkdir d; for i in $(seq 40); do echo $i > d/$i; done",
      "head -c 200000 /dev/urandom > b",
    ];
    await registry.push(await bench.layout(scripts), "a/b:1");
    const endings = new Set<string>();
    for (let sizeKib = 48; sizeKib <= 1200; sizeKib += 48) {
      const disk = join(bench.directory, "disk");
      await mkdir(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "berth-test", disk]);
      try {
        const small = makeBench(bench.directory, join(disk, "engine"));
        const { images } = await small.open();
        const message = await pull(images, `${registry.host}/a/b:1`).then(
          () => "whole",
          (error: Error) => error.message,
        );
        if (message !== "whole") assert.deepEqual(await leftovers(small.root), [], message);
        endings.add(message.replace(/^.*: /, ""));
      } finally {
        execFileSync("umount", [disk]);
        await rm(disk, { recursive: true });
      }
    }
    assert.deepEqual(endings, new Set(["no space left on device", "whole"]));
  }));

test("an image is removed from a disk without one free byte, and pulled again", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    await registry.push(await bench.layout(["seq 1 50000 > numbers"]), "a/b:1");
    const disk = join(bench.directory, "disk");
    await mkdir(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "berth-test", disk]);
    try {
      const small = makeBench(bench.directory, join(disk, "engine"));
      const { images } = await small.open();
      await pull(images, `${registry.host}/a/b:1`);
      execFileSync("sh", ["-c", `cat /dev/zero > ${join(disk, "filler")} 2>/dev/null || true`]);
      await assert.rejects(writeFile(join(disk, "more"), Buffer.alloc(8192)), { code: "ENOSPC" });
      await images.remove(`${registry.host}/a/b:1`, { force: false, noPrune: false });
      assert.deepEqual(await leftovers(small.root), []);
      await rm(join(disk, "filler"));
      await pull(images, `${registry.host}/a/b:1`);
    } finally {
      execFileSync("umount", ["--lazy", disk]);
    }
  }));

test("images that containers use are removed only by Docker's rules", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    await registry.push(await bench.layout(["echo x > x"]), "a/b:1");
    const { images } = await bench.open();
    const name = `${registry.host}/a/b:1`;
    await pull(images, name);
    const { Id: id } = await images.inspect(name);
    const [short, container] = [id.slice(7, 19), "c".repeat(64)];
    const remove = (what: string, force = false) => images.remove(what, { force, noPrune: false });
    bench.users.set(id, [{ id: container, running: false }]);
    await assert.rejects(remove(name), {
      kind: "conflict",
      message: `conflict: unable to remove repository reference "${name}" (must force) - container cccccccccccc is using its referenced image ${short}`,
    });
    await assert.rejects(remove(short), {
      message: `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container cccccccccccc`,
    });
    bench.users.set(id, [{ id: container, running: true }]);
    await assert.rejects(remove(id, true), {
      message: /\(cannot be forced\) - image is being used by running container/,
    });
    bench.users.clear();
    await images.tag(short, "other", "");
    await assert.rejects(remove(short), {
      message: /\(must be forced\) - image is referenced in multiple repositories/,
    });
    await remove(short, true);
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a registry that breaks off, asks for a token or sends credentials away", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 3000000 /dev/urandom > big"]), "a/b:1");
    const seen: string[] = [];
    // The blobs are on another host: no credentials may arrive there.
    const elsewhere = await serve((request, response) => {
      seen.push(`elsewhere authorization=${request.headers.authorization ?? "none"}`);
      forward(upstream.url, request, response, { breakAfter: seen.length === 1 ? 100_000 : undefined });
    });
    const front = await serve((request, response) => {
      const url = new URL(request.url ?? "/", "http://x");
      if (url.pathname === "/token") {
        seen.push(`token ${url.searchParams.get("scope")} ${request.headers.authorization}`);
        response.end(JSON.stringify({ token: "secret-token" }));
      } else if (request.headers.authorization !== "Bearer secret-token") {
        response.writeHead(401, {
          "www-authenticate": `Bearer realm="${urlOf(front)}/token",service="test"`,
        });
        response.end("{}");
      } else if (url.pathname.includes("/blobs/")) {
        response.writeHead(307, {
          location: `${urlOf(elsewhere).replace("127.0.0.1", "127.0.0.2")}${request.url}`,
        });
        response.end();
      } else forward(upstream.url, request, response, {});
    });
    try {
      const { images } = await bench.open();
      const auth = { username: "me", password: "pass" };
      const reference = `${urlOf(front).slice("http://".length)}/a/b:1`;
      await collect(images.pull({ reference, platform: undefined, auth }, never));
      assert.equal(seen.includes("elsewhere authorization=none"), true);
      assert.deepEqual(new Set(seen.filter((line) => line.startsWith("elsewhere"))).size, 1);
      assert.deepEqual(
        seen.filter((line) => line.startsWith("token")),
        ["token repository:a/b:pull Basic bWU6cGFzcw=="],
      );
    } finally {
      for (const server of [front, elsewhere]) {
        server.closeAllConnections();
        server.close();
      }
    }
  }));

test("an aborted pull leaves nothing", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    await registry.push(await bench.layout(["head -c 20000000 /dev/urandom > big"]), "a/b:1");
    const { images } = await bench.open();
    const abort = new AbortController();
    const messages = images.pull(
      { reference: `${registry.host}/a/b:1`, platform: undefined, auth: undefined },
      abort.signal,
    );
    await assert.rejects(async () => {
      for await (const { status } of messages) if (status === "Downloading") abort.abort(new Error("enough"));
    }, /enough/);
    assert.deepEqual(await leftovers(bench.root), []);
    for await (const { status } of images.pull(
      { reference: `${registry.host}/a/b:1`, platform: undefined, auth: undefined },
      never,
    )) {
      if (status === "Downloading") break;
    }
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a pull killed at any moment leaves either the whole image or nothing", () =>
  withBench(async (bench) => {
    await using registry = await startRegistry();
    const scripts = [
      "seq 1 300000 > a; mkdir d; for i in $(seq 500); do echo $i > d/$i; done",
      "seq 1 200000 > b",
      "echo c > c",
    ];
    const reference = `${registry.host}/a/b:1`;
    await registry.push(await bench.layout(scripts), "a/b:1");
    const seen = new Set<string>();
    // Killed when the child says it is at this step; the last one runs to its end.
    for (const step of [
      "Downloading",
      "Download complete",
      "Extracting",
      "Pull complete",
      "Digest",
      "never",
    ]) {
      const root = join(bench.directory, `killed-${step.replace(" ", "-")}`);
      const child = spawn(process.execPath, [pullOnce, root, reference], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = once(child, "close");
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes(step)) child.kill("SIGKILL");
      });
      await closed;
      const again = makeBench(bench.directory, root);
      const { images, snapshots } = await again.open();
      const rows = await images.list({ all: true, filters: {}, sharedSize: false });
      if (rows.length === 0) assert.deepEqual(await leftovers(root), [], step);
      else assert.equal(snapshots.has((await images.resolve(reference)).chainId ?? "sha256:"), true);
      seen.add(rows.length === 0 ? "nothing" : "whole");
      await pull(images, reference);
      await images.remove(reference, { force: false, noPrune: false });
      assert.deepEqual(await leftovers(root), []);
    }
    assert.deepEqual(seen, new Set(["nothing", "whole"]));
  }));

async function layersOf(url: string, repository: string, tag: string): Promise<readonly Digest[]> {
  const response = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  const manifest = (await response.json()) as { layers: readonly { digest: Digest }[] };
  return manifest.layers.map(({ digest }) => digest);
}

async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle).listen(0, "0.0.0.0");
  await once(server, "listening");
  return server;
}

function urlOf(server: Server): string {
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return `http://127.0.0.1:${address.port}`;
}

function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  { breakAfter }: { readonly breakAfter?: number | undefined },
): void {
  const headers = {
    accept: request.headers.accept ?? "*/*",
    ...(request.headers.range ? { range: request.headers.range } : {}),
  };
  void fetch(url + request.url, { headers }).then(async (answer) => {
    const body = Buffer.from(await answer.arrayBuffer());
    const copied = ["content-type", "content-range", "docker-content-digest"].flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    response.writeHead(answer.status, { ...Object.fromEntries(copied), "content-length": body.length });
    if (breakAfter === undefined) response.end(body);
    else response.write(body.subarray(0, breakAfter), () => response.destroy());
  });
}
