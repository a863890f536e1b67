import { applyChanges } from "../../runtime/engine/build/changes.ts";
import { ContentStore } from "../../runtime/engine/content/content-store.ts";
import { createImages } from "../../runtime/engine/image/images.ts";
import { jsonLogger } from "../../runtime/engine/log.ts";
import { Registry } from "../../runtime/engine/registry/registry.ts";
import { OverlaySnapshots } from "../../runtime/engine/snapshot/overlay-snapshots.ts";

/** `node pull-once.ts ROOT REFERENCE`: a pull in a process of its own, for tests that kill it. */
const [root = "", reference = ""] = process.argv.slice(2);
const signal = new AbortController().signal;
const log = jsonLogger(() => {});
const content = await ContentStore.open(`${root}/content`);
const snapshots = await OverlaySnapshots.open({ root, content, log }, signal);
const images = await createImages({
  applyChanges,
  ...{ root, content, snapshots, log },
  registry: new Registry({ mirrors: [], insecureHosts: [] }),
  events: { publish: () => {} },
  containersUsing: async () => [],
});
for await (const { status } of images.pull({ reference, platform: undefined, auth: undefined }, signal)) {
  process.stdout.write(`${status}\n`);
}
