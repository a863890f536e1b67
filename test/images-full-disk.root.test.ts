import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { leftovers, makeBench, pull, withBench } from "./harness/image-bench.ts";
import { startRegistry } from "./harness/registry.ts";

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
    const small = makeBench(bench.directory, join(root, "engine"));
    try {
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
      await small.settled();
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
      const small = makeBench(bench.directory, join(disk, "engine"));
      try {
        const { images } = await small.open();
        const message = await pull(images, `${registry.host}/a/b:1`).then(
          () => "whole",
          (error: Error) => error.message,
        );
        if (message !== "whole") assert.deepEqual(await leftovers(small.root), [], message);
        endings.add(message.replace(/^.*: /, ""));
      } finally {
        await small.settled();
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
