import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import type { BuildEvent, BuildStepEnd } from "../runtime/api/types/build.ts";
import type { BuildRequest } from "../runtime/engine/http/backend.ts";
import { type BuildEngine, buildRequest, openBuildEngine, storeBases } from "./harness/build-engine.ts";
import { tarOf } from "./harness/oci-layout.ts";

let directory = "";
let engine: BuildEngine;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-graph-"));
  const root = join(directory, "root");
  await mkdir(root);
  engine = await openBuildEngine(root, directory);
  await storeBases(engine);
});

after(async () => {
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The events of a build of a Dockerfile alone; `onEvent` is called, and waited for, as they come. */
async function build(
  dockerfile: string,
  options: Partial<BuildRequest> = {},
  onEvent: (event: BuildEvent) => Promise<void> | void = () => {},
): Promise<readonly BuildEvent[]> {
  const context = await mkdtemp(join(directory, "context-"));
  await writeFile(join(context, "Dockerfile"), dockerfile);
  const request = buildRequest({
    context: Readable.from([await tarOf(context)]),
    wantsEvents: true,
    ...options,
  });
  const events: BuildEvent[] = [];
  for await (const { build: event } of engine.builder.build(request, AbortSignal.timeout(60_000))) {
    if (event === undefined) continue;
    events.push(event);
    await onEvent(event);
  }
  return events;
}

function ends(events: readonly BuildEvent[]): BuildStepEnd[] {
  return events.filter((event) => event.type === "finished");
}

const prune = () => engine.builder.prune({ keepBytes: 0, filters: {} });

test("stages that do not need each other are at work at the same time", { timeout: 60_000 }, async () => {
  // Each waits until the other has begun: in sequence this would never end.
  const meet = (mine: string, other: string) =>
    `RUN --mount=type=cache,target=/meet touch /meet/${mine} && until [ -e /meet/${other} ]; do sleep 0.05; done`;
  const events = await build(
    [
      `FROM busybox AS one\n${meet("one", "two")} && echo 1 > /out`,
      `FROM busybox AS two\n${meet("two", "one")} && echo 2 > /out`,
      "FROM busybox\nCOPY --from=one /out /1\nCOPY --from=two /out /2\nRUN cat /1 /2\n",
    ].join("\n"),
  );
  const logged = events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
  assert.equal(logged, "1\n2\n");
});

test("a stage that only cached steps read is not built", async () => {
  const dockerfile = (line: string) =>
    `FROM busybox AS tool\nRUN date > /made\nFROM busybox\nCOPY --from=tool /made /made\n${line}\n`;
  await build(dockerfile("RUN echo one"));
  const events = await build(dockerfile("RUN echo two"));
  assert.deepEqual(
    ends(events)
      .sort((a, b) => a.step - b.step)
      .map(({ isCached }) => isCached),
    [true, true, true, true, false],
  );
  const started = events.flatMap((event) => (event.type === "started" ? [event.step] : []));
  assert.deepEqual(started, [4]);
});

test("a stage built anew that comes out the same leaves what reads it in the cache", async () => {
  const dockerfile = (line: string) =>
    `FROM busybox AS tool\n${line}\nRUN echo same > /made\nFROM busybox\nCOPY --from=tool /made /made\nRUN date > /date\n`;
  await build(dockerfile("ENV A=1"));
  const events = await build(dockerfile("ENV A=2"));
  const built = ends(events).filter(({ isCached }) => !isCached);
  // ENV and RUN of the first stage; the COPY and the RUN behind it are found by content.
  assert.deepEqual(built.map(({ step }) => step).sort(), [1, 2]);
});

test("builds at the same time do a step they have in common once", async () => {
  const dockerfile =
    "FROM busybox\nRUN --mount=type=cache,target=/runs echo run >> /runs/log && cat /runs/log\n";
  const all = await Promise.all([build(dockerfile), build(dockerfile), build(dockerfile)]);
  const runs = all.flat().filter((event) => event.type === "log");
  assert.equal(runs.map(({ text }) => text).join(""), "run\n");
  assert.deepEqual(
    all
      .map((events) => ends(events).at(-1)?.isCached)
      .sort()
      .map(String),
    ["false", "true", "true"],
  );
});

test("prune takes nothing that a running build has used or made", async () => {
  await build("FROM busybox\nRUN echo layer > /first\n", { tags: ["kept"] });
  let pruned = 0;
  const deleted: string[] = [];
  const events = await build(
    "FROM busybox\nRUN echo layer > /first\nRUN echo second > /second\nRUN cat /first /second\n",
    {},
    async (event) => {
      if (event.type !== "finished") return;
      deleted.push(...(await prune()).CachesDeleted);
      pruned += 1;
    },
  );
  assert.equal(pruned, 4);
  assert.equal(events.at(-1)?.type, "image");
  // Events are read behind the build's back: the last prune may already have come after it.
  deleted.push(...(await prune()).CachesDeleted);
  assert.ok(deleted.length > 0);
});
