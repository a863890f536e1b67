import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { unixAddress } from "../runtime/api/address.ts";
import { createEngineClient } from "../runtime/api/client.ts";
import { packContext } from "../runtime/api/context-tar.ts";
import { stageRoot } from "./fixtures/build-images.ts";
import { recipes } from "./fixtures/recipes.ts";
import type { RunningEngine } from "./start-engine.ts";

const image = "busybox:latest";

/**
 * Sees to it that the sample workspace's base image is in the engine: pulled where a registry is in reach, otherwise
 * built from Debian's busybox-static. Does nothing when the engine has it.
 */
export async function provideSampleImages(engine: RunningEngine, say: (text: string) => void): Promise<void> {
  const client = createEngineClient(unixAddress(engine.socket));
  const signal = AbortSignal.timeout(120_000);
  const present = await client.images.list({ filters: { reference: [image] } }, signal);
  if (present.length > 0) return;
  try {
    say(`Pulling ${image} …`);
    for await (const message of client.images.pull(image, {}, AbortSignal.timeout(15_000))) {
      if (message.status && !message.progressDetail?.total) say(`  ${message.status}`);
    }
    return;
  } catch (error) {
    say(`No registry in reach (${error instanceof Error ? error.message : String(error)}).`);
  }
  say(`Building ${image} from Debian's busybox-static …`);
  const context = await mkdtemp(path.join(os.tmpdir(), "berth-sample-"));
  try {
    const recipe = recipes.find((each) => each.name === image);
    if (!recipe) throw new Error(`no recipe for ${image}`);
    await mkdir(path.join(context, "root"));
    await stageRoot(recipe, path.join(context, "root"));
    await writeFile(path.join(context, "Dockerfile"), 'FROM scratch\nCOPY root/ /\nCMD ["sh"]\n');
    const stream = client.images.build(
      packContext(context, { signal, ignore: () => false }),
      { tags: [image] },
      signal,
    );
    for await (const message of stream)
      if (message.stream?.startsWith("Step ")) say(`  ${message.stream.trim()}`);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
