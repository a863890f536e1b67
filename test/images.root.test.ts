import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { leftovers, pull, withBench } from "./harness/image-bench.ts";
import { busyboxLayer, writeOciLayout } from "./harness/oci-layout.ts";
import { startRegistry } from "./harness/registry.ts";

const never = new AbortController().signal;

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
