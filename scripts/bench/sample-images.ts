import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFixtureImages } from "../fixtures/build-images.ts";
import { type WrittenLayer, writeImage, writeLayer } from "../fixtures/oci-layout.ts";
import { endProgram, hasSaid, runTimed } from "./program.ts";

/**
 * Fills a registry's data directory with `library/busybox` and `library/bulk`: 200 MB in 2,000 files that gzip halves,
 * in two layers. The registry itself ends again: each contender starts one of its own on the data.
 */
export async function makeRegistryData(directory: string, signal: AbortSignal): Promise<string> {
  const data = join(directory, "registry");
  const config = join(directory, "registry.yml");
  await writeFile(
    config,
    `version: 0.1\nlog: {level: info}\nstorage: {filesystem: {rootdirectory: ${data}}}\nhttp: {addr: "127.0.0.1:0"}\n`,
  );
  const registry = spawn("docker-registry", ["serve", config], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    let said = "";
    registry.stderr.on("data", (chunk) => {
      said += String(chunk);
    });
    await hasSaid(registry, "listening on", signal);
    const address = /listening on ([0-9.]+:\d+)/.exec(said)?.[1];
    if (address === undefined) throw new Error(`the registry did not say where it listens: ${said}`);
    const busybox = await buildFixtureImages(["busybox:latest"], (text) => process.stdout.write(`${text}\n`));
    const bulk = join(directory, "bulk");
    const layers = [await bulkLayer(bulk, 0), await bulkLayer(bulk, 1)];
    await writeImage(bulk, { config: { Cmd: ["sh"] }, layers });
    const images = { busybox: busybox.get("busybox:latest"), bulk };
    for (const [name, layout] of Object.entries(images)) {
      const copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"] as const;
      await runTimed({ argv: [...copy, `oci:${layout}`, `docker://${address}/library/${name}`] }, signal);
    }
    return data;
  } finally {
    await endProgram(registry);
  }
}

async function bulkLayer(layout: string, index: number): Promise<WrittenLayer> {
  const root = await mkdtemp(join(tmpdir(), "berth-bulk-"));
  try {
    for (let file = 0; file < 1000; file++) {
      const folder = join(root, `bulk-${index}`, String(file % 50));
      await mkdir(folder, { recursive: true });
      // Hexadecimal text of random bytes: gzip brings it to about half, as it does with programs.
      await writeFile(join(folder, `file-${file}`), randomBytes(50_000).toString("hex"));
    }
    const archive = join(root, "layer.tar");
    await runTimed(
      { argv: ["tar", "-cf", archive, "-C", root, `bulk-${index}`] },
      AbortSignal.timeout(60_000),
    );
    return await writeLayer(layout, archive);
  } finally {
    await rm(root, { recursive: true });
  }
}
