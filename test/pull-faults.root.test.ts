import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest } from "../runtime/engine/image/resolved.ts";
import { type Fault, startFaultyRegistry } from "./harness/faulty-registry.ts";
import { collect, leftovers, makeBench, pull, withBench } from "./harness/image-bench.ts";
import { startRegistry, type TestRegistry } from "./harness/registry.ts";

const pullOnce = join(import.meta.dirname, "harness", "pull-once.ts");
const never = new AbortController().signal;

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

test("blobs that are on another host come without the credentials", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 3000000 /dev/urandom > big"]), "a/b:1");
    await using elsewhere = await startFaultyRegistry(upstream.url, ({ path }) =>
      path.includes("/blobs/") && elsewhere.seen.length === 2
        ? { kind: "close", afterBytes: 100_000 }
        : undefined,
    );
    await using front = await startFaultyRegistry(upstream.url, ({ path, headers }) => {
      if (path.startsWith("/token")) return { kind: "answer", body: '{"token":"secret-token"}' };
      if (headers.authorization !== "Bearer secret-token") {
        const realm = `Bearer realm="${front.url}/token",service="test"`;
        return { kind: "status", status: 401, headers: { "www-authenticate": realm } };
      }
      if (!path.includes("/blobs/")) return undefined;
      return { kind: "redirect", location: `${elsewhere.url.replace("127.0.0.1", "127.0.0.2")}${path}` };
    });
    const { images } = await bench.open();
    const auth = { username: "me", password: "pass" };
    const reference = `${front.host}/a/b:1`;
    await collect(images.pull({ reference, platform: undefined, auth }, never));
    assert.ok(elsewhere.seen.length >= 3, "config, broken layer, the rest of the layer");
    assert.deepEqual(
      new Set(elsewhere.seen.map(({ headers }) => headers.authorization)),
      new Set([undefined]),
    );
    const [token, ...more] = front.seen.filter(({ path }) => path.startsWith("/token"));
    assert.deepEqual(more, []);
    assert.equal(new URL(token?.path ?? "", front.url).searchParams.get("scope"), "repository:a/b:pull");
    assert.equal(token?.headers.authorization, "Basic bWU6cGFzcw==");
  }));

test("redirects in a circle, and to what is no registry, end with an error", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["echo x > x"]), "a/b:1");
    let location = "";
    await using front = await startFaultyRegistry(upstream.url, ({ path }) =>
      path.includes("/blobs/")
        ? { kind: "redirect", location: location === "" ? path : location }
        : undefined,
    );
    const { images } = await bench.open();
    await assert.rejects(pull(images, `${front.host}/a/b:1`), /redirects more than 5 times/);
    location = "file:///etc/passwd";
    await assert.rejects(
      pull(images, `${front.host}/a/b:1`),
      /redirects to "file:\/\/\/etc\/passwd", which is not safe/,
    );
    await images.prune({}, never);
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a registry that closes half-way or falls silent is asked for the rest", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 3000000 /dev/urandom > big"]), "a/b:1");
    const size = await sizeOfLayer(upstream, "a/b", "1");
    const faults: Fault[] = [
      { kind: "close", afterBytes: 1_000_000 },
      { kind: "stall", afterBytes: 500_000 },
      { kind: "status", status: 503 },
    ];
    await using front = await startFaultyRegistry(upstream.url, ({ path }) =>
      path.includes("/blobs/") && front.seen.length > 2 ? faults.shift() : undefined,
    );
    const { images } = await bench.open({ stallMs: 300 });
    await pull(images, `${front.host}/a/b:1`);
    const parts = front.seen.slice(2);
    assert.equal(parts.length, 4);
    // What was on its way when the connection broke may be asked for again; nothing else.
    const sentBytes = parts.reduce((sum, part) => sum + part.sentBytes, 0);
    assert.ok(sentBytes >= size && sentBytes < size + 300_000, `${sentBytes} of ${size}`);
    await images.remove(`${front.host}/a/b:1`, { force: false, noPrune: false });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("what came of a pull that failed is where the next one goes on, also one of the next engine", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    const layout = await bench.layout(["head -c 3000000 /dev/urandom > big", "echo small > small"]);
    await upstream.push(layout, "a/b:1");
    const size = await sizeOfLayer(upstream, "a/b", "1");
    await using front = await startFaultyRegistry(upstream.url, ({ path, headers }) => {
      if (!path.includes("/blobs/")) return undefined;
      return headers.range === undefined
        ? { kind: "close", afterBytes: 1_000_000 }
        : { kind: "status", status: 503 };
    });
    const name = `${front.host}/a/b:1`;
    const { images } = await bench.open();
    await assert.rejects(pull(images, name), {
      kind: "unavailable",
      message: /the server answered with status 503$/,
    });
    // Kept, and counted: what `df` says is on the disk.
    const usage = await images.diskUsage(never);
    assert.ok(usage.LayersSize >= 800_000, `${usage.LayersSize}`);
    assert.deepEqual(usage.Images, []);
    assert.equal((await leftovers(bench.root)).filter((file) => file.endsWith(".part")).length, 1);

    const again = await bench.open();
    front.fault = () => undefined;
    front.seen.length = 0;
    await pull(again.images, name);
    const asked = front.seen.filter(({ headers }) => headers.range !== undefined);
    assert.equal(asked.length, 1);
    const rest = asked[0]?.sentBytes ?? 0;
    assert.ok(rest >= size - 1_000_000 && rest < size - 700_000, `${rest} of ${size}`);
    await again.images.remove(name, { force: false, noPrune: false });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a prune frees what came of pulls that did not end", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    const layout = await bench.layout(["head -c 3000000 /dev/urandom > big", "echo small > small"]);
    await upstream.push(layout, "a/b:1");
    const { images } = await bench.open();
    const abort = new AbortController();
    const request = { reference: `${upstream.host}/a/b:1`, platform: undefined, auth: undefined };
    await assert.rejects(async () => {
      for await (const { status } of images.pull(request, abort.signal)) {
        if (status === "Download complete") abort.abort(new Error("enough"));
      }
    }, /enough/);
    const before = (await images.diskUsage(never)).LayersSize;
    assert.ok(before > 0);
    assert.equal((await images.prune({}, never)).SpaceReclaimed, before);
    assert.deepEqual(await leftovers(bench.root), []);
    // A reader that leaves ends the pull too.
    for await (const { status } of images.pull(request, never)) if (status === "Downloading") break;
    await images.prune({ label: ["nothing"] }, never);
    assert.notDeepEqual(await leftovers(bench.root), []);
    await images.prune({}, never);
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("damage in what an earlier pull left is found, and all of it fetched anew", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 3000000 /dev/urandom > big"]), "a/b:1");
    await using front = await startFaultyRegistry(upstream.url, ({ path, headers }) => {
      if (!path.includes("/blobs/")) return undefined;
      return headers.range === undefined
        ? { kind: "close", afterBytes: 1_000_000 }
        : { kind: "status", status: 503 };
    });
    const name = `${front.host}/a/b:1`;
    await assert.rejects(pull((await bench.open()).images, name), { kind: "unavailable" });
    const ingests = join(bench.root, "content", "ingest");
    const [part = ""] = await readdir(ingests);
    const data = await readFile(join(ingests, part));
    data[500_000] = (data[500_000] ?? 0) ^ 1;
    await writeFile(join(ingests, part), data);
    front.fault = () => undefined;
    const { images } = await bench.open();
    await pull(images, name);
    await images.remove(name, { force: false, noPrune: false });
    assert.deepEqual(await leftovers(bench.root), []);
  }));

test("a registry that knows no ranges sends all of it again", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 3000000 /dev/urandom > big"]), "a/b:1");
    let broken = false;
    await using front = await startFaultyRegistry(upstream.url, ({ path }) => {
      if (!path.includes("/blobs/") || front.seen.length <= 2) return undefined;
      if (broken) return { kind: "ignore-range" };
      broken = true;
      return { kind: "close", afterBytes: 1_000_000 };
    });
    const { images } = await bench.open();
    assert.match((await pull(images, `${front.host}/a/b:1`)).at(-1) ?? "", /Downloaded newer image/);
  }));

test("lies about sizes and digests are found out, and nothing of them stays", () =>
  withBench(async (bench) => {
    await using upstream = await startRegistry();
    await upstream.push(await bench.layout(["head -c 300000 /dev/urandom > big"]), "a/b:1");
    const manifestType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await (
      await fetch(`${upstream.url}/v2/a/b/manifests/1`, { headers: { accept: manifestType } })
    ).text();
    const { layers } = JSON.parse(manifest) as { layers: readonly { digest: string; size: number }[] };
    const [layer] = layers;
    assert.ok(layer);
    let fault: Fault | undefined;
    let changed: string | undefined;
    await using front = await startFaultyRegistry(upstream.url, ({ path }) => {
      if (path.endsWith(layer.digest)) return fault;
      const headers = { "content-type": manifestType };
      return changed !== undefined && path.includes("/manifests/")
        ? { kind: "answer", body: changed, headers }
        : undefined;
    });
    const { images } = await bench.open({ stallMs: 300 });
    const refused = async (pattern: RegExp) => {
      await assert.rejects(pull(images, `${front.host}/a/b:1`), { message: pattern });
      assert.deepEqual(await leftovers(bench.root), [], String(pattern));
    };
    fault = { kind: "lengthen", bytes: 100_000 };
    await refused(new RegExp(`blob ${layer.digest} is larger than the ${layer.size} bytes announced$`));
    fault = { kind: "damage", atByte: 1000 };
    await refused(/digest mismatch: expected sha256:|cannot unpack layer/);
    fault = undefined;
    changed = manifest.replace(`"size":${layer.size}`, `"size":${layer.size - 7}`);
    await refused(/is larger than the \d+ bytes announced$/);
    changed = manifest.replace(layer.digest, `sha256:${"0".repeat(64)}`);
    await refused(/blob unknown|not found|unavailable|404/i);
    changed = manifest.replace('"layers":[', '"manifests":[],"layers":[');
    await refused(/it is both an image and an index/);
    changed = manifest.replace('"schemaVersion":2', '"schemaVersion":1');
    await refused(/schema version 1 is not supported/);
    changed = manifest.slice(0, -20);
    await refused(/it is not JSON/);
    changed = " ".repeat(5 * 1024 * 1024);
    await refused(/larger than 4194304 bytes/);
  }));

test("a pull killed at any moment leaves the whole image, or nothing but what the next one goes on with", () =>
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
    const steps = ["Downloading", "Download complete", "Extracting", "Pull complete", "Digest", "never"];
    for (const step of steps) {
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
      if (rows.length > 0) {
        assert.equal(snapshots.has((await images.resolve(reference)).chainId ?? "sha256:"), true);
      } else {
        const wanted = JSON.parse(await readFile(join(root, "images", "unfinished.json"), "utf8")) as object;
        const names = Object.keys(wanted).map((digest) => digest.slice("sha256:".length));
        const left = (await leftovers(root)).map((name) => name.replace(/\.part$/, ""));
        assert.deepEqual(
          left.filter((name) => !names.includes(name)),
          [],
          step,
        );
      }
      seen.add(rows.length === 0 ? "nothing" : "whole");
      await pull(images, reference);
      await images.remove(reference, { force: false, noPrune: false });
      assert.deepEqual(await leftovers(root), []);
      await again.settled();
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

async function sizeOfLayer(registry: TestRegistry, repository: string, tag: string): Promise<number> {
  const [digest] = await layersOf(registry.url, repository, tag);
  const response = await fetch(`${registry.url}/v2/${repository}/blobs/${digest}`, { method: "HEAD" });
  return Number(response.headers.get("content-length"));
}
