import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ContentStore } from "../content/content-store.ts";
import type { Digest } from "../image/resolved.ts";
import { jsonLogger } from "../log.ts";
import { OverlaySnapshots } from "./overlay-snapshots.ts";

const never = new AbortController().signal;

interface Bench {
  readonly directory: string;
  readonly root: string;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshots;
  readonly reopen: () => Promise<OverlaySnapshots>;
  /** A layer made by running a shell script in an empty directory; real GNU tar makes the bytes. */
  readonly layer: (
    script: string,
    options?: { compress?: (data: Buffer) => Buffer; tar?: readonly string[] },
  ) => Promise<{ digest: Digest; diffId: Digest }>;
  readonly targets: string[];
}

async function withSnapshots(body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "berth-snapshots-"));
  const root = join(directory, "root");
  const targets: string[] = [];
  const snapshots: OverlaySnapshots[] = [];
  const open = async (content: ContentStore) => {
    const opened = await OverlaySnapshots.open(
      { root, content, log: jsonLogger(() => {}), alwaysUnpackedBytes: 16 * 1024 ** 2 },
      never,
    );
    snapshots.push(opened);
    return opened;
  };
  try {
    const content = await ContentStore.open(join(root, "content"));
    await body({
      directory,
      root,
      content,
      targets,
      snapshots: await open(content),
      reopen: async () => {
        for (const each of snapshots) await each.settled();
        return await open(content);
      },
      layer: async (script, options = {}) => {
        const tree = await mkdtemp(join(directory, "tree-"));
        execFileSync("sh", ["-ec", script], { cwd: tree, env: { PATH: process.env.PATH } });
        const data = execFileSync("tar", [
          ...["-c", "--format=posix", "--xattrs", "--xattrs-include=*", "-C", tree],
          ...(options.tar ?? ["."]),
        ]);
        const diffId: Digest = `sha256:${createHash("sha256").update(data).digest("hex")}`;
        const { digest } = await content.put((options.compress ?? gzipSync)(data));
        return { digest, diffId };
      },
    });
  } finally {
    for (const target of targets) await snapshots.at(-1)?.unmount(target, never);
    for (const each of snapshots) await each.settled();
    const left = (await readFile("/proc/self/mountinfo", "utf8"))
      .split("\n")
      .filter((line) => line.includes(directory));
    await rm(directory, { recursive: true });
    assert.deepEqual(left, [], "mounts were left");
  }
}

async function mounted(bench: Bench, key: string, parent: Digest | undefined): Promise<string> {
  const target = join(bench.directory, `at-${key}`);
  bench.targets.push(target);
  await bench.snapshots.prepare(key, parent);
  await bench.snapshots.mount(key, target, never);
  await bench.snapshots.mount(key, target, never);
  return target;
}

test("layers with whiteouts, modes, links, devices and capabilities read as one tree", () =>
  withSnapshots(async (bench) => {
    const base = await bench.layer(
      `mkdir -p etc tmp old; chmod 1777 tmp; echo a > etc/a; echo b > etc/b; echo o > old/file
       ln etc/a etc/hard; ln -s ../etc/a etc/soft; cp /bin/true ping; setcap cap_net_raw+ep ping
       mknod null c 1 3; chown 12:34 etc/b; chmod 4755 etc/b; touch "$(printf 'caf\\351')"; chmod 750 .`,
    );
    const upper = await bench.layer(
      `mkdir -p etc old tmp; touch etc/.wh.b old/.wh..wh..opq; echo n > old/new; echo t > tmp/t`,
      { compress: zstdCompressSync, tar: ["./etc/.wh.b", "./old", "./tmp/t"] },
    );
    const first = await bench.snapshots.unpack(base, undefined, never);
    const chain = await bench.snapshots.unpack(upper, first, never);
    assert.equal(first, base.diffId);
    const target = await mounted(bench, "c1", chain);
    const show = (command: string) => execFileSync("sh", ["-c", command], { cwd: target }).toString().trim();
    assert.equal(show("ls etc old | tr '\\n' ' '"), "etc: a hard soft  old: new");
    assert.equal(show("cat etc/soft"), "a");
    assert.equal(show("getcap ping"), "ping cap_net_raw=ep");
    assert.equal(show("stat -c %a:%t:%T tmp null"), "1777:0:0\n644:1:3");
    assert.equal(show("stat -c %a ."), "750");
    assert.equal(show("stat -c %h etc/a"), "2");
    assert.equal(show("printf 'caf\\351' | xargs -0 ls | od -An -c").includes("351"), true);
    const lower = join(bench.directory, "lower");
    bench.targets.push(lower);
    await bench.snapshots.mountReadOnly(first, lower, never);
    assert.equal(
      execFileSync("stat", ["-c", "%a:%u:%g", join(lower, "etc/b")])
        .toString()
        .trim(),
      "4755:12:34",
    );
    await assert.rejects(writeFile(join(lower, "x"), ""), /EROFS/);
  }));

test("what a step changed becomes a layer that another store unpacks to the same tree", () =>
  withSnapshots(async (bench) => {
    const base = await bench.layer(
      "mkdir -p d/sub e; echo 1 > d/one; echo 2 > d/two; echo 3 > d/sub/three; echo k > e/k",
    );
    const parent = await bench.snapshots.unpack(base, undefined, never);
    const target = await mounted(bench, "step", parent);
    execFileSync(
      "sh",
      [
        "-ec",
        `rm d/one d/two; rm -r d/sub; mkdir d/sub; echo new > d/sub/new; mkdir fresh; echo f > fresh/f; ln fresh/f fresh/g
         chmod 700 e; ln -s nowhere dangling; touch "$(printf '\\303\\251\\377')"; mkdir ${"l".repeat(120)}; cp /bin/true cap; setcap cap_chown+ep cap`,
      ],
      { cwd: target },
    );
    const committed = await bench.snapshots.commit("step", never);
    assert.ok(committed);
    const names = execFileSync("tar", ["-t"], {
      input: await bench.content.read(committed.layer.digest).toArray().then(Buffer.concat),
    }).toString();
    assert.match(names, /^d\/.wh.one\nd\/sub\/\nd\/sub\/.wh..wh..opq\nd\/sub\/new\nd\/.wh.two$/m);
    assert.doesNotMatch(names, /fresh\/.wh/);
    assert.equal(bench.snapshots.has(committed.chainId), true);

    // The same blob, unpacked from its bytes in a second store, is the same tree.
    const other = await OverlaySnapshots.open(
      { root: join(bench.directory, "other"), content: bench.content, log: jsonLogger(() => {}) },
      never,
    );
    const otherParent = await other.unpack(base, undefined, never);
    assert.equal(await other.unpack(committed.layer, otherParent, never), committed.chainId);
    const [here, there] = [join(bench.directory, "here"), join(bench.directory, "there")];
    bench.targets.push(here, there);
    await bench.snapshots.mountReadOnly(committed.chainId, here, never);
    await other.mountReadOnly(committed.chainId, there, never);
    const listing = (cwd: string) =>
      execFileSync("sh", ["-c", "find . -printf '%P %y %m %n %s %l\\n' | sort; getcap cap; cat d/sub/new"], {
        cwd,
      }).toString();
    assert.equal(listing(here), listing(there));
    assert.match(listing(here), /^e d 700/m);
  }));

test("a step that changed nothing gives no layer", () =>
  withSnapshots(async (bench) => {
    const parent = await bench.snapshots.unpack(await bench.layer("echo x > x"), undefined, never);
    await mounted(bench, "idle", parent);
    assert.equal(await bench.snapshots.commit("idle", never), undefined);
    await assert.rejects(
      bench.snapshots.mount("idle", join(bench.directory, "x"), never),
      /no snapshot "idle"/,
    );
  }));

test("127 layers mount", () =>
  withSnapshots(async (bench) => {
    let chain: Digest | undefined;
    for (let i = 0; i < 127; i++) {
      chain = await bench.snapshots.unpack(await bench.layer(`echo ${i} > f${i}`), chain, never);
    }
    const target = await mounted(bench, "deep", chain);
    assert.equal((await readdir(target)).length, 127);
    await writeFile(join(target, "written"), "x");
    assert.ok((await bench.snapshots.usageBytes("deep")) > 0);
  }));

test("two pulls with a layer in common unpack it once", () =>
  withSnapshots(async (bench) => {
    const layer = await bench.layer("seq 1 10000 > f");
    const chains = await Promise.all([1, 2, 3].map(() => bench.snapshots.unpack(layer, undefined, never)));
    assert.equal(new Set(chains).size, 1);
    assert.equal(
      (await readdir(join(bench.root, "snapshots"))).filter((name) => /^\d+$/.test(name)).length,
      1,
    );
  }));

test("hostile layers touch nothing outside", () =>
  withSnapshots(async (bench) => {
    const canary = join(bench.directory, "canary");
    await mkdir(canary);
    const hostile = async (script: string, names: readonly string[]) =>
      bench.snapshots.unpack(await bench.layer(script, { tar: ["-P", ...names] }), undefined, never);
    // A file below a symlink to the host lands inside the layer's own root.
    const chain = await hostile(
      `ln -s ${canary} out; mkdir -p t${canary}; mkdir sub; ln -s ../../../../../../../../${canary} sub/up; echo evil > evil`,
      ["--transform=s,^evil$,out/evil,", "out", "evil"],
    );
    const target = await mounted(bench, "hostile", chain);
    assert.equal((await lstat(join(target, canary, "evil"))).isFile(), true);
    await hostile(`ln -s ../../../../../../../../..${canary} up; echo evil > evil`, [
      "--transform=s,^evil$,up/evil,S",
      ...["up", "evil"],
    ]);
    await hostile("echo evil > evil", [`--transform=s,^evil$,${canary}/evil,`, "evil"]);
    await assert.rejects(
      hostile("echo evil > evil", [
        "--transform=s,^evil$,../../../../../../../..".concat(`${canary}/evil,`),
        "evil",
      ]),
      /points outside of its root/,
    );
    await writeFile(join(canary, "secret"), "untouched");
    await assert
      .rejects(
        hostile("echo a > a; ln a b", [`--transform=s,^a$,${canary}/secret,hR`, "b", "a"]),
        /which the layer does not hold/,
      )
      .catch(async () => {});
    assert.equal(await readFile(join(canary, "secret"), "utf8"), "untouched");
    assert.deepEqual(await readdir(canary), ["secret"]);
    assert.equal((await stat(bench.root)).mode & 0o777, 0o710);
  }));

test("a wrong diff id, a bomb and rubbish are refused and leave nothing", () =>
  withSnapshots(async (bench) => {
    const good = await bench.layer("echo x > x");
    const other = await bench.layer("echo y > y");
    const unpack = (digest: Digest, diffId = good.diffId) =>
      bench.snapshots.unpack({ digest, diffId }, undefined, never);
    await assert.rejects(unpack(other.digest), /does not match its diff id: expected sha256:/);
    const bomb = join(bench.directory, "bomb");
    execFileSync("sh", [
      "-c",
      `truncate -s 64M ${bomb}.raw; tar -c -C / ${bomb.slice(1)}.raw | zstd -q -o ${bomb}; rm ${bomb}.raw`,
    ]);
    const { digest } = await bench.content.put(await readFile(bomb));
    await assert.rejects(unpack(digest), /cannot unpack layer sha256:.*out of proportion to its size/);
    const cut = await bench.content.put(gzipSync(Buffer.from("rubbish".repeat(500))).subarray(0, 20));
    await assert.rejects(unpack(cut.digest), /cannot unpack layer sha256:/);
    const left = await readdir(join(bench.root, "snapshots"));
    assert.deepEqual(left.sort(), ["empty", "index"]);
  }));

test("layers that were not on the disk when the machine went down are unpacked again", () =>
  withSnapshots(async (bench) => {
    const layers = [
      await bench.layer("mkdir -m 2755 d; seq 1 1000 > d/numbers"),
      await bench.layer("mkdir d; echo top > d/top"),
      await bench.layer("echo gone > gone"),
    ];
    const chains: Digest[] = [];
    for (const layer of layers) chains.push(await bench.snapshots.unpack(layer, chains.at(-1), never));
    await bench.snapshots.settled();
    const index = join(bench.root, "snapshots", "index");
    const records = new Map<string, Record<string, unknown>>();
    for (const name of (await readdir(index)).sort()) {
      const record = JSON.parse(await readFile(join(index, name), "utf8")) as Record<string, unknown>;
      assert.equal("unsettled" in record, false, "what is on the disk is settled");
      records.set(name, record);
    }
    // As it was before the sync, with files torn by the power cut; the blob of the last one is lost too.
    for (const [at, [name, record]] of [...records].entries()) {
      const { digest: blob, diffId } = layers[at] ?? assert.fail();
      const unsettled = { boot: "11111111-2222-3333-4444-555555555555", blob, diffId };
      await writeFile(join(index, name), JSON.stringify({ ...record, unsettled }));
    }
    await truncate(join(bench.root, "snapshots", "1", "diff", "d", "numbers"));
    await bench.content.remove(layers[2]?.digest ?? "sha256:");
    const again = await bench.reopen();
    assert.deepEqual(
      chains.map((chain) => again.has(chain)),
      [true, true, false],
    );
    const target = join(bench.directory, "read");
    bench.targets.push(target);
    await again.mountReadOnly(chains[1], target, never);
    assert.equal((await readFile(join(target, "d", "numbers"), "utf8")).length, 3893);
    assert.equal(await readFile(join(target, "d", "top"), "utf8"), "top\n");
    await again.settled();
    for (const name of await readdir(index)) {
      assert.doesNotMatch(await readFile(join(index, name), "utf8"), /unsettled/);
    }
    assert.deepEqual((await readdir(join(bench.root, "snapshots"))).sort(), ["4", "5", "empty", "index"]);
  }));

test("a killed engine's leftovers are removed and its containers' mounts stay", () =>
  withSnapshots(async (bench) => {
    const chain = await bench.snapshots.unpack(await bench.layer("echo x > x"), undefined, never);
    const target = await mounted(bench, "living", chain);
    await writeFile(join(target, "written"), "kept");
    await mkdir(join(bench.root, "snapshots", "77", "diff"), { recursive: true });
    const again = await bench.reopen();
    assert.equal(await readFile(join(target, "written"), "utf8"), "kept");
    await again.mount("living", target, never);
    assert.equal((await readdir(join(bench.root, "snapshots"))).includes("77"), false);
    await assert.rejects(again.removeCommitted(chain), /snapshots lie on it/);
    await again.removeAbandoned(() => false);
    await again.removeCommitted(chain);
    assert.deepEqual(await readdir(target), []);
    assert.equal(again.has(chain), false);
  }));
