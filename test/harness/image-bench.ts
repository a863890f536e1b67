import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgressMessage } from "../../runtime/api/types/image.ts";
import { applyChanges } from "../../runtime/engine/build/changes.ts";
import type { EventDraft } from "../../runtime/engine/container/ports.ts";
import { ContentStore } from "../../runtime/engine/content/content-store.ts";
import { createImages } from "../../runtime/engine/image/images.ts";
import type { ImageUser } from "../../runtime/engine/image/removal.ts";
import { jsonLogger } from "../../runtime/engine/log.ts";
import type { RegistryOptions } from "../../runtime/engine/registry/endpoint.ts";
import { Registry } from "../../runtime/engine/registry/registry.ts";
import { OverlaySnapshots } from "../../runtime/engine/snapshot/overlay-snapshots.ts";
import { tarOf, writeOciLayout } from "./oci-layout.ts";

const never = new AbortController().signal;
/** Nothing listens on port 1, so no test leaves the machine. */
export const noHub = "http://127.0.0.1:1";

/** The image room on a directory of its own, opened as often as a test likes. */
export interface Bench {
  readonly directory: string;
  readonly root: string;
  readonly events: EventDraft[];
  readonly users: Map<string, ImageUser[]>;
  readonly open: (registry?: Partial<RegistryOptions>) => Promise<{
    images: Awaited<ReturnType<typeof createImages>>;
    snapshots: OverlaySnapshots;
    content: ContentStore;
  }>;
  /** Waits for what goes on in the background, before its disk is taken away. */
  readonly settled: () => Promise<void>;
  /** An OCI layout of one layer per script, made in an empty directory. */
  readonly layout: (scripts: readonly string[], config?: Record<string, unknown>) => Promise<string>;
}

export async function withBench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "berth-images-"));
  const bench = makeBench(directory, join(directory, "root"));
  try {
    await body(bench);
  } finally {
    await bench.settled();
    await rm(directory, { recursive: true });
  }
}

export function makeBench(directory: string, root: string): Bench {
  const events: EventDraft[] = [];
  const users = new Map<string, ImageUser[]>();
  const opened: OverlaySnapshots[] = [];
  return {
    settled: async () => {
      for (const snapshots of opened) await snapshots.settled();
    },
    directory,
    root,
    events,
    users,
    open: async (options = {}) => {
      // Only one at a time may write to the directory.
      for (const before of opened) await before.settled();
      const log = jsonLogger(() => {});
      const content = await ContentStore.open(join(root, "content"));
      const snapshots = await OverlaySnapshots.open({ root, content, log }, never);
      opened.push(snapshots);
      const images = await createImages({
        applyChanges,
        ...{ root, content, snapshots, log },
        registry: new Registry({ mirrors: [], insecureHosts: [], hubUrl: noHub, stallMs: 2000, ...options }),
        events: { publish: (event) => void events.push(event) },
        containersUsing: async (id) => users.get(id) ?? [],
      });
      return { images, snapshots, content };
    },
    layout: async (scripts, config = {}) => {
      const layers: Buffer[] = [];
      for (const script of scripts) {
        const tree = await mkdtemp(join(directory, "tree-"));
        execFileSync("sh", ["-ec", script], { cwd: tree });
        layers.push(await tarOf(tree));
      }
      const layout = await mkdtemp(join(directory, "layout-"));
      await writeOciLayout(layout, { layers, config });
      return `oci:${layout}:latest`;
    },
  };
}

/** The progress lines without those that only count bytes. */
export async function collect(messages: AsyncIterable<ProgressMessage>): Promise<string[]> {
  const lines: string[] = [];
  for await (const { id, status, progressDetail } of messages) {
    if (progressDetail?.current === undefined)
      lines.push(id === undefined ? `${status}` : `${id}: ${status}`);
  }
  return lines;
}

export async function pull(
  images: Awaited<ReturnType<typeof createImages>>,
  reference: string,
  platform?: string,
) {
  return await collect(images.pull({ reference, platform, auth: undefined }, never));
}

/** What is left of images on disk, beside the documents. */
export async function leftovers(root: string): Promise<string[]> {
  const blobs = await readdir(join(root, "content", "blobs", "sha256"));
  const ingests = await readdir(join(root, "content", "ingest"));
  const snapshots = (await readdir(join(root, "snapshots"))).filter(
    (name) => name !== "index" && name !== "empty",
  );
  const records = await readdir(join(root, "snapshots", "index"));
  return [...blobs, ...ingests, ...snapshots, ...records];
}
