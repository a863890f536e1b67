import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { packContext } from "../../runtime/api/context-tar.ts";
import { type Dockerd, startDockerd } from "../harness/dockerd.ts";
import { startEngine, type TestEngine } from "../harness/engine.ts";
import { readSavedImage, type SavedImage } from "../harness/image-tree.ts";
import { writeBases } from "./bases.ts";
import type { BuildCase } from "./case.ts";

const execute = promisify(execFile);
const limitMs = 120_000;

/** Something that builds Dockerfiles. */
export interface CorpusBuilder {
  /** Undefined when it succeeds, otherwise what was said. */
  readonly build: (each: BuildCase, context: string, tag: string) => Promise<string | undefined>;
  readonly read: (tag: string) => Promise<SavedImage>;
}

export interface CorpusBuilders extends AsyncDisposable {
  readonly ours: CorpusBuilder;
  readonly docker: CorpusBuilder;
}

/** A real engine of ours and Debian's dockerd, both with the corpus' base images. */
export async function startBuilders(): Promise<CorpusBuilders> {
  await using undo = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "berth-corpus-bases-"));
  undo.defer(() => rm(directory, { recursive: true, force: true }));
  const archives = await writeBases(directory);
  const engine = undo.use(await startEngine());
  const dockerd = undo.use(await startDockerd([]));
  for (const archive of archives) {
    await engine.dockerOk(["load", "--quiet", "--input", archive]);
    await dockerCommand(dockerd, ["load", "--quiet", "--input", archive]);
  }
  const kept = undo.move();
  return {
    ours: ourBuilder(engine),
    docker: dockerBuilder(dockerd),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function ourBuilder({ client }: TestEngine): CorpusBuilder {
  const signal = () => AbortSignal.timeout(limitMs);
  return {
    build: async ({ options }, context, tag) => {
      // The engine applies .dockerignore itself.
      const tar = packContext(context, { ignore: () => false, signal: signal() });
      try {
        for await (const _ of client.images.build(tar, { ...options, tags: [tag] }, signal()));
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
    read: (tag) =>
      readImage(async (file) =>
        pipeline(Readable.from(await client.images.save([tag], signal())), createWriteStream(file)),
      ),
  };
}

function dockerBuilder(dockerd: Dockerd): CorpusBuilder {
  return {
    build: async ({ options }, context, tag) => {
      const args = Object.entries(options.buildArgs ?? {}).map(
        ([name, value]) => `--build-arg=${name}=${value}`,
      );
      const labels = Object.entries(options.labels ?? {}).map(([name, value]) => `--label=${name}=${value}`);
      const target = options.target === undefined ? [] : [`--target=${options.target}`];
      try {
        await dockerCommand(dockerd, [
          "build",
          "--progress=plain",
          `--tag=${tag}`,
          ...args,
          ...labels,
          ...target,
          context,
        ]);
        return undefined;
      } catch (error) {
        return error instanceof Error && "stderr" in error
          ? String(error.stderr).slice(-2000)
          : String(error);
      }
    },
    read: (tag) => readImage((file) => dockerCommand(dockerd, ["save", "--output", file, tag])),
  };
}

/** Debian's command still has a BuildKit client of its own. */
async function dockerCommand({ socket }: Dockerd, args: readonly string[]): Promise<void> {
  const env = { PATH: process.env.PATH, DOCKER_HOST: `unix://${socket}`, DOCKER_BUILDKIT: "1" };
  await execute("/usr/bin/docker", args, { env, timeout: limitMs, maxBuffer: 64 * 1024 * 1024 });
}

async function readImage(save: (file: string) => Promise<void>): Promise<SavedImage> {
  const directory = await mkdtemp(join(tmpdir(), "berth-corpus-save-"));
  try {
    const file = join(directory, "image.tar");
    await save(file);
    return await readSavedImage(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
