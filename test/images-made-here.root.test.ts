import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { applyChanges } from "../runtime/engine/build/changes.ts";
import { ContentStore } from "../runtime/engine/content/content-store.ts";
import { createImages } from "../runtime/engine/image/images.ts";
import { jsonLogger } from "../runtime/engine/log.ts";
import { Registry } from "../runtime/engine/registry/registry.ts";
import { OverlaySnapshots } from "../runtime/engine/snapshot/overlay-snapshots.ts";
import { busyboxLayer, tarOf, writeOciLayout } from "./harness/oci-layout.ts";

const never = new AbortController().signal;
const all = { all: true, filters: {}, sharedSize: false };

interface Bench {
  readonly directory: string;
  readonly root: string;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly images: Awaited<ReturnType<typeof createImages>>;
  readonly load: (archive: Readable) => Promise<string>;
}

async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "berth-made-here-"));
  const root = join(directory, "root");
  const log = jsonLogger(() => {});
  const content = await ContentStore.open(join(root, "content"));
  const snapshots = await OverlaySnapshots.open({ root, content, log }, never);
  try {
    const images = await createImages({
      applyChanges,
      ...{ root, content, snapshots, log },
      registry: new Registry({ mirrors: [], insecureHosts: [], hubUrl: "http://127.0.0.1:1" }),
      events: { publish: () => {} },
      containersUsing: async () => [],
    });
    const load = async (archive: Readable) => {
      let said = "";
      for await (const { stream } of images.load(archive, never)) said += stream;
      return said;
    };
    await body({ directory, root, content, snapshots, images, load });
  } finally {
    await snapshots.settled();
    await rm(directory, { recursive: true });
  }
}

async function isEmpty({ root }: Bench): Promise<void> {
  assert.deepEqual(await readdir(join(root, "content", "blobs", "sha256")), []);
  assert.deepEqual((await readdir(join(root, "snapshots"))).sort(), ["empty", "index"]);
}

test("archives of docker save and packed OCI layouts are loaded, plain and compressed", () =>
  withBench(async (bench) => {
    const layout = join(bench.directory, "layout");
    const { imageId } = await writeOciLayout(layout, {
      layers: [await busyboxLayer()],
      config: { Cmd: ["sh"] },
    });
    const saved = join(bench.directory, "saved.tar");
    execFileSync("skopeo", [
      ...["--insecure-policy", "copy", "--quiet"],
      ...[`oci:${layout}:latest`, `docker-archive:${saved}:team/box:1`],
    ]);
    assert.equal(await bench.load(createReadStream(saved)), "Loaded image: team/box:1\n");
    assert.deepEqual((await bench.images.resolve("team/box:1")).config.Cmd, ["sh"]);
    assert.equal(
      await bench.load(Readable.from([gzipSync(await tarOf(layout))])),
      `Loaded image ID: ${imageId}\n`,
    );
    await bench.images.remove("team/box:1", { force: true, noPrune: false });
    for (const row of await bench.images.list(all))
      await bench.images.remove(row.Id, { force: true, noPrune: false });
    await isEmpty(bench);
  }));

test("of an index of several platforms, as builders write it, this host's image is loaded", () =>
  withBench(async (bench) => {
    const layout = join(bench.directory, "several");
    const { imageId } = await writeOciLayout(layout, { layers: [await busyboxLayer()] });
    const blobs = join(layout, "blobs", "sha256");
    const indexType = "application/vnd.oci.image.index.v1+json";
    const outer = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as {
      manifests: { mediaType: string; digest: string; size: number }[];
    };
    const [{ mediaType = "", digest = "", size = 0 } = {}] = outer.manifests;
    const platform = (architecture: string, os = "linux") => ({ os, architecture });
    const own = process.arch === "x64" ? "amd64" : process.arch;
    const absent = { mediaType, digest: `sha256:${"0".repeat(64)}`, size: 10 };
    const write = async (manifests: readonly object[]) => {
      const inner = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
      const hex = createHash("sha256").update(inner).digest("hex");
      await writeFile(join(blobs, hex), inner);
      const annotations = { "io.containerd.image.name": "docker.io/team/several:1" };
      const entry = { mediaType: indexType, digest: `sha256:${hex}`, size: inner.length, annotations };
      await writeFile(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
      return Readable.from([await tarOf(layout)]);
    };
    const others = [
      { ...absent, platform: platform("s390x") },
      { ...absent, platform: platform("unknown", "unknown") },
    ];
    await assert.rejects(bench.load(await write(others)), {
      kind: "not-found",
      message: /^cannot load an image for linux\/\w+: the archive has linux\/s390x, unknown\/unknown$/,
    });
    const whole = await write([...others, { mediaType, digest, size, platform: platform(own) }]);
    assert.equal(await bench.load(whole), "Loaded image: team/several:1\n");
    assert.equal((await bench.images.resolve("team/several:1")).id, imageId);
    const [row] = await bench.images.list({ ...all, manifests: true });
    assert.deepEqual(
      row?.Manifests?.map(({ ID, Kind, Available, ImageData }) => [ID, Kind, Available, ImageData?.Platform]),
      [[digest, "image", true, platform(own)]],
    );
    const [manifest] = row?.Manifests ?? [];
    const files = await readdir(join(bench.root, "content", "blobs", "sha256"));
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(join(bench.root, "content", "blobs", "sha256", file))).size),
    );
    const content = sizes.reduce((sum, each) => sum + each, 0);
    const unpacked = manifest?.ImageData?.Size.Unpacked ?? 0;
    assert.deepEqual(manifest?.Size, { Content: content, Total: content + unpacked });
    assert.equal((await bench.images.list(all))[0]?.Manifests, undefined);
  }));

test("archives that are torn, lie or hold no image are refused and leave nothing", () =>
  withBench(async (bench) => {
    const layout = join(bench.directory, "layout");
    await writeOciLayout(layout, { layers: [await busyboxLayer()] });
    const packed = await tarOf(layout);
    await assert.rejects(bench.load(Readable.from([packed.subarray(0, packed.length / 2)])), /it ends early/);
    await assert.rejects(bench.load(Readable.from([])), /it is empty/);
    await assert.rejects(bench.load(Readable.from([await busyboxLayer()])), {
      kind: "invalid-argument",
      message: /neither manifest.json nor index.json/,
    });
    const lying = join(bench.directory, "lying");
    execFileSync("mkdir", [lying]);
    await writeFile(
      join(lying, "config.json"),
      JSON.stringify({ rootfs: { diff_ids: [`sha256:${"0".repeat(64)}`] } }),
    );
    await writeFile(join(lying, "layer.tar"), packed);
    await writeFile(
      join(lying, "manifest.json"),
      JSON.stringify([{ Config: "config.json", Layers: ["layer.tar"], RepoTags: ["x:1"] }]),
    );
    await assert.rejects(bench.load(Readable.from([await tarOf(lying)])), /does not match its diff id/);
    await writeFile(
      join(lying, "manifest.json"),
      JSON.stringify([{ Config: "../../../etc/passwd", Layers: [], RepoTags: [] }]),
    );
    await assert.rejects(
      bench.load(Readable.from([await tarOf(lying)])),
      /names "..\/..\/..\/etc\/passwd" but does not hold it/,
    );
    assert.deepEqual(await bench.images.list(all), []);
    await isEmpty(bench);
  }));

test("a root file system is imported, a step on top of it committed; both survive until nobody needs them", () =>
  withBench(async (bench) => {
    const { images, snapshots } = bench;
    const archive = Readable.from([gzipSync(await busyboxLayer())]);
    const id = await images.importRootfs(
      archive,
      { repository: "base", tag: "1", message: "imported", changes: [] },
      never,
    );
    const base = await images.resolve("base:1");
    assert.equal(base.id, id);

    const target = join(bench.directory, "step");
    await snapshots.prepare("build-1", base.chainId);
    await snapshots.mount("build-1", target, never);
    execFileSync("chroot", [target, "/bin/sh", "-c", "echo made > /made; rm /bin/vi"]);
    const committed = await snapshots.commit("build-1", never);
    assert.ok(committed);
    // Before an image has the layer, nothing that collects takes it away.
    await images.prune({}, never);
    const built = await images.commit(
      {
        base,
        layers: [committed.layer],
        config: {
          architecture: base.architecture,
          os: "linux",
          config: { Cmd: ["/made"] },
          history: [{ created_by: "RUN x" }],
        },
      },
      ["made", "made:2"],
    );
    const image = await images.resolve("made");
    assert.equal(image.id, built);
    assert.equal(image.chainId, committed.chainId);
    assert.deepEqual(image.repoTags, ["made:2", "made:latest"]);
    assert.deepEqual(
      (await images.history("made")).map((item) => item.CreatedBy || item.Comment),
      ["RUN x", "imported"],
    );
    await snapshots.mountReadOnly(image.chainId, target, never);
    assert.equal(execFileSync("chroot", [target, "/bin/cat", "/made"]).toString(), "made\n");
    assert.throws(() => execFileSync("chroot", [target, "/bin/vi"], { stdio: "ignore" }));
    await snapshots.unmount(target, never);

    await images.remove("base:1", { force: false, noPrune: false });
    await images.remove(built, { force: true, noPrune: false });
    // The builder's cache keeps the step and what it stands on.
    assert.equal(snapshots.has(committed.chainId), true);
    await snapshots.releaseBuilt(snapshots.built().map(({ chain }) => chain));
    await isEmpty(bench);
  }));

test("an image removed by force leaves its layers to the container that needs them, and no longer", () =>
  withBench(async (bench) => {
    const { images, snapshots } = bench;
    const archive = Readable.from([await busyboxLayer()]);
    const id = await images.importRootfs(
      archive,
      { repository: "base", tag: "", message: "", changes: [] },
      never,
    );
    const { chainId } = await images.resolve("base");
    assert.ok(chainId);
    await snapshots.prepare("container-1", chainId);
    await images.remove(id, { force: true, noPrune: false });
    assert.equal(snapshots.has(chainId), true);
    await snapshots.remove("container-1");
    assert.equal(snapshots.has(chainId), false);
    await isEmpty(bench);
  }));

test("prune removes dangling images, or all that no container uses", () =>
  withBench(async ({ images }) => {
    const add = (text: string, repository: string) =>
      images.importRootfs(
        Readable.from([Buffer.from(text, "latin1")]),
        { repository, tag: "", message: "", changes: [] },
        never,
      );
    const empty = Buffer.alloc(1024).toString("latin1");
    const old = await add(empty, "a");
    await images.tag("a", "kept", "1");
    const dangling = await add(empty, "");
    const result = await images.prune({}, never);
    assert.deepEqual(result.ImagesDeleted, [{ Deleted: dangling }]);
    assert.equal((await images.list(all)).length, 1);
    const rest = await images.prune({ dangling: ["false"] }, never);
    assert.deepEqual(rest.ImagesDeleted.slice(0, 3), [
      { Untagged: "a:latest" },
      { Untagged: "kept:1" },
      { Deleted: old },
    ]);
    assert.ok(rest.SpaceReclaimed > 0);
  }));
