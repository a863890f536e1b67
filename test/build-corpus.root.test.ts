import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type CorpusBuilders, startBuilders } from "./build-corpus/builders.ts";
import type { BuildCase, ImageExpectation } from "./build-corpus/case.ts";
import { groups } from "./build-corpus/cases.ts";
import { addedLines, comparableConfig, treeLines } from "./build-corpus/compare.ts";
import { writeContext } from "./build-corpus/context.ts";
import type { SavedImage } from "./harness/image-tree.ts";

// Every Dockerfile of the corpus is built by a real engine of ours and by Debian's dockerd with BuildKit. The images must be
// equal: each path's kind, mode, owner, links, extended attributes and content, and the image config but for its times.
// CORPUS=text builds only the cases whose names hold the text.

let directory = "";
let builders: CorpusBuilders;
let base: SavedImage;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-corpus-"));
  builders = await startBuilders();
  base = await builders.ours.read("busybox:latest");
});

after(async () => {
  await builders?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const emptyImage: SavedImage = { config: {}, tree: new Map() };
const wanted = process.env.CORPUS ?? "";

let count = 0;
describe("the corpus", { concurrency: availableParallelism() }, () => {
  for (const [group, cases] of Object.entries(groups)) {
    for (const each of cases) {
      const number = count++;
      const name = `${group}: ${each.name}`;
      if (name.includes(wanted)) test(name, () => checkCase(each, number));
    }
  }
});

async function checkCase(each: BuildCase, number: number): Promise<void> {
  const { ours, docker } = builders;
  const tag = `corpus-${number}:latest`;
  const context = join(directory, String(number));
  await writeContext(each, context);
  const problem = await ours.build(each, context, tag);
  const { expected } = each;
  if (expected.by === "failure") {
    assert.match(problem ?? "the build succeeds", expected.message);
    const dockers = await docker.build(each, context, tag);
    assert.equal(dockers === undefined ? "is lax" : "refuses", expected.docker, dockers);
    return;
  }
  assert.equal(problem, undefined);
  const image = await ours.read(tag);
  if (expected.by === "hand") {
    const below = expected.base === "scratch" ? emptyImage : base;
    assert.deepEqual(addedLines(below, image), expected.tree.toSorted());
    checkParts(image, expected.image ?? {});
    return;
  }
  assert.equal(await docker.build(each, context, tag), undefined);
  const theirs = await docker.read(tag);
  assert.deepEqual(treeLines(image), treeLines(theirs, expected.mountPoints));
  assert.deepEqual(comparableConfig(image), comparableConfig(theirs));
}

function checkParts({ config }: SavedImage, { config: wantedConfig = {}, history }: ImageExpectation): void {
  const { config: settings, history: steps } = JSON.parse(JSON.stringify(config));
  for (const [name, value] of Object.entries(wantedConfig)) assert.deepEqual(settings[name], value, name);
  if (history === undefined) return;
  const printed = steps.map((step: { readonly created_by: string }) => step.created_by);
  assert.deepEqual(printed.slice(-history.length), history);
}
