import type { ProgressMessage } from "../../api/types/image.ts";
import { checkStages, planStages, type StageGraph } from "../../model/dockerfile/graph.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import type { Dockerfile } from "../../model/dockerfile/types.ts";
import { parseReference, printFamiliar, withDefaultTag } from "../../model/reference.ts";
import { lineAt, lineIndex } from "../../model/text/line-index.ts";
import type { StepRunner } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildBackend, BuildRequest } from "../http/backend.ts";
import type { Digest } from "../image/resolved.ts";
import type { Logger } from "../log.ts";
import type { BuilderParts, BuildRun } from "./build-run.ts";
import { buildStage, printStep } from "./build-stage.ts";
import { CacheMounts } from "./cache-mounts.ts";
import { type BuildContext, openContext } from "./context.ts";
import { LayerCache } from "./layer-cache.ts";
import { applyLabels, imageConfig } from "./new-image.ts";
import type { BuildImages, BuildSnapshots } from "./ports.ts";
import { StepFailure } from "./run-instruction.ts";
import type { StageState } from "./stage-state.ts";
import { expand, lookupIn, type Platform, parsePlatform, platformArgs } from "./variables.ts";
import { BuildWorkspace } from "./workspace.ts";

export interface BuilderOptions {
  /** The engine's root; the builder keeps `build/` below it. */
  readonly root: string;
  readonly images: BuildImages;
  readonly snapshots: BuildSnapshots;
  readonly steps: StepRunner;
  readonly log: Logger;
}

/** The classic builder: Dockerfile → stages the target needs → steps from the cache or built → image. */
export async function createBuilder({
  root,
  images,
  snapshots,
  steps,
  log,
}: BuilderOptions): Promise<BuildBackend> {
  const cache = await LayerCache.open(root);
  const cacheMounts = new CacheMounts(root);
  const parts: BuilderParts = { root, images, snapshots, steps, cache, cacheMounts };
  return {
    build: (request, signal) => build(parts, log, request, signal),
    prune: async () => {
      const { keys, sizeBytes } = await cache.clear();
      await cacheMounts.prune();
      await snapshots.releaseBuilt();
      log.info("build cache removed", { entries: keys.length, sizeBytes });
      return { CachesDeleted: keys, SpaceReclaimed: sizeBytes };
    },
  };
}

async function* build(
  parts: BuilderParts,
  log: Logger,
  request: BuildRequest,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  try {
    for await (const message of buildImage(parts, log, request, signal)) {
      if (!request.quiet) yield message;
      else if (message.aux !== undefined) yield { stream: `${message.aux.ID}\n` };
    }
  } catch (error) {
    if (isDiskFull(error)) {
      const message = `cannot build: no space left on the file system of ${parts.root}`;
      throw new EngineError("internal", message, { cause: error });
    }
    // Thrown, it would reach the client without the code that `docker build` ends with.
    if (!(error instanceof StepFailure)) throw error;
    yield { errorDetail: { code: error.exitCode, message: error.message }, error: error.message };
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

async function* buildImage(
  parts: BuilderParts,
  log: Logger,
  request: BuildRequest,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  const tags = request.tags.map(parseTag);
  await using workspace = await BuildWorkspace.create(parts.root, parts.snapshots);
  const context = await openContext(
    request.context,
    request.dockerfile,
    workspace.newPath("context"),
    signal,
  );
  const file = readFile(context.dockerfile);
  const run = prepareRun(parts, request, context, file, workspace);
  const graph = plan(run);
  const instructions = graph.nodes.reduce((sum, { stage }) => sum + 1 + stage.instructions.length, 0);
  const counter = { done: 0, total: file.globalArgs.length + instructions };
  yield* solve({ ...run, counter }, graph, tags, log, signal);
}

async function* solve(
  run: BuildRun,
  graph: StageGraph,
  tags: readonly string[],
  log: Logger,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
  for (const instruction of run.file.globalArgs) yield printStep(run, instruction);
  for (const node of graph.nodes) run.stages.set(node.stage.index, yield* buildStage(run, node, signal));
  const state = run.stages.get(graph.target);
  if (state === undefined) throw new Error(`the target stage ${graph.target} was not built`);
  const unused = Object.keys(run.request.buildArgs).filter((name) => !run.usedArgs.has(name));
  if (unused.length > 0) {
    yield { stream: `[Warning] One or more build-args [${unused.join(" ")}] were not consumed\n` };
  }
  const id = await exportImage(run, state, tags);
  log.info("image built", { id, tags });
  yield { aux: { ID: id } };
  yield { stream: `Successfully built ${id.slice("sha256:".length, "sha256:".length + 12)}\n` };
  for (const tag of tags) yield { stream: `Successfully tagged ${tag}\n` };
}

function exportImage(run: BuildRun, state: StageState, tags: readonly string[]): Promise<Digest> {
  const labelled = applyLabels(state, run.request.labels);
  const image = { base: labelled.base, layers: labelled.layers, config: imageConfig(labelled) };
  return run.images.commit(image, tags);
}

function prepareRun(
  parts: BuilderParts,
  request: BuildRequest,
  context: BuildContext,
  file: Dockerfile,
  workspace: BuildWorkspace,
): BuildRun {
  const platform =
    request.platform === undefined || request.platform === ""
      ? hostPlatform()
      : parsePlatform(request.platform);
  const usedArgs = new Set(platformArgs(platform, platform).keys());
  const globalArgs = evaluateGlobalArgs(file, request, platform, usedArgs);
  const counter = { done: 0, total: 0 };
  const now = new Date().toISOString();
  const stages = new Map<number, StageState>();
  return {
    ...parts,
    request,
    file,
    context,
    workspace,
    globalArgs,
    usedArgs,
    platform,
    stages,
    counter,
    now,
  };
}

function evaluateGlobalArgs(
  file: Dockerfile,
  request: BuildRequest,
  platform: Platform,
  usedArgs: Set<string>,
): ReadonlyMap<string, string | undefined> {
  const args = new Map<string, string | undefined>(platformArgs(platform, hostPlatform()));
  for (const { key, value } of file.globalArgs.flatMap(({ pairs }) => pairs)) {
    usedArgs.add(key.value);
    const lookup = lookupIn(new Map(), args);
    const fallback = value === undefined ? undefined : expand(value.raw, lookup, { escape: file.escape });
    args.set(key.value, request.buildArgs[key.value] ?? fallback);
  }
  return args;
}

function plan(run: BuildRun): StageGraph {
  const lookup = lookupIn(new Map(), run.globalArgs);
  const expandFrom = (text: string) => expand(text, lookup, { escape: run.file.escape });
  const { graph, problem } = planStages(run.file, { target: run.request.target, expandFrom });
  if (graph === undefined) throw new EngineError("invalid-argument", problem);
  return graph;
}

/** Throws `invalid-argument` with the first problem that a build cannot get over, and its line. */
function readFile(text: string): Dockerfile {
  const { tree, problems } = parseDockerfile(text);
  const errors = [...problems, ...checkStages(tree)].filter(({ severity }) => severity === "error");
  const [first] = errors.sort((a, b) => a.range.start - b.range.start);
  if (first === undefined) return tree;
  const line = lineAt(lineIndex(text), first.range.start) + 1;
  throw new EngineError("invalid-argument", `dockerfile parse error on line ${line}: ${first.message}`);
}

function parseTag(tag: string): string {
  const { reference, problem } = parseReference(tag);
  if (reference === undefined) throw new EngineError("invalid-argument", `invalid tag "${tag}": ${problem}`);
  if (reference.digest !== undefined) {
    throw new EngineError(
      "invalid-argument",
      `invalid tag "${tag}": refusing to create a tag with a digest reference`,
    );
  }
  return printFamiliar(withDefaultTag(reference));
}

/** What this machine runs. */
function hostPlatform(): Platform {
  switch (process.arch) {
    case "x64":
      return { os: "linux", architecture: "amd64" };
    case "arm":
      return { os: "linux", architecture: "arm", variant: "v7" };
    case "ia32":
      return { os: "linux", architecture: "386" };
    default:
      return { os: "linux", architecture: process.arch };
  }
}
