import { type BuildGraph, checkStages, planBuild } from "../../model/dockerfile/graph.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import type { Dockerfile, Stage } from "../../model/dockerfile/types.ts";
import { parseReference, printFamiliar, withDefaultTag } from "../../model/reference.ts";
import { lineAt, lineIndex } from "../../model/text/line-index.ts";
import type { Problem } from "../../model/text/problem.ts";
import { EngineError } from "../error.ts";
import type { BuildRequest } from "../http/backend.ts";
import type { Digest } from "../image/resolved.ts";
import { globalScope } from "./arguments.ts";
import { type BuilderParts, type BuildRun, dockerfileName, placeOf } from "./build-run.ts";
import { readContext, unpackContext } from "./context.ts";
import { locating } from "./locate-error.ts";
import { newImage } from "./new-image.ts";
import { announcedSteps, BuildProgress, type Emit } from "./progress.ts";
import { fetchContext } from "./remote-context.ts";
import type { BuildSecrets } from "./secrets.ts";
import type { StepRecord } from "./solution.ts";
import { solveGraph } from "./solver.ts";
import { cutGraph, instructionAt } from "./stop-point.ts";
import { expand, isProxyArg, lookupIn } from "./variables.ts";
import { BuildWorkspace } from "./workspace.ts";

export interface BuiltImage {
  readonly id: Digest;
  readonly tags: readonly string[];
}

/** One build, from its context to the image in the store. Leaves nothing else, failed or not. */
export async function buildImage(
  parts: BuilderParts,
  request: BuildRequest,
  secrets: BuildSecrets,
  emit: Emit,
  signal: AbortSignal,
): Promise<BuiltImage> {
  const tags = request.tags.map(parseTag);
  using cache = parts.layerCache.hold();
  await using workspace = await BuildWorkspace.create(parts.root, parts.snapshots);
  const files =
    request.remote === undefined
      ? await unpackContext(request.context, workspace.newPath("context"), signal)
      : await fetchContext(request.remote, workspace, signal);
  const context = await readContext(files, request.dockerfile, signal);
  const file = readFile(context.dockerfile, request);
  const now = new Date().toISOString();
  const run: BuildRun = {
    ...parts,
    ...globalScope(file, request),
    ...{ request, file, context, cache, workspace, secrets, now },
  };
  const graph = planGraph(run);
  await emit(announcedSteps(file, graph));
  for (const image of request.cacheFrom) {
    const message = `--cache-from ${image} is not used: this builder's cache is its own`;
    await emit({ type: "warning", message });
  }
  const { definition, solution, records } = await solveGraph(run, graph, new BuildProgress(emit), signal);
  const unused = Object.keys(request.buildArgs).filter(
    (name) => !run.usedArgs.has(name) && !isProxyArg(name),
  );
  if (unused.length > 0) {
    const message = `One or more build-args [${unused.join(" ")}] were not consumed`;
    await emit({ type: "warning", message });
  }
  const id = await run.images.commit(newImage(definition, solution, request.labels), tags);
  if (request.wantsChanges)
    await emit({ type: "changes", files: await changesOf(run, records.at(-1), signal) });
  await emit({ type: "image", id, tags });
  return { id, tags };
}

/** What the last step changed; of a FROM, which has nothing before it, what its triggers did. */
async function changesOf(run: BuildRun, record: StepRecord | undefined, signal: AbortSignal) {
  const before = record?.before?.solution;
  const layers = record?.after?.solution?.layers.slice(before?.layers.length ?? 0) ?? [];
  const changes = await Promise.all(
    layers.map((layer) => run.snapshots.layerChanges(layer, before?.chainId, signal)),
  );
  return changes.flat();
}

function planGraph(run: BuildRun): BuildGraph {
  const { stopAt } = run.request;
  if (stopAt === undefined) return planTarget(run, run.request.target);
  const instruction = instructionAt(run.file, stopAt.line);
  return cutGraph(planTarget(run, String(instruction.stage)), instruction, stopAt);
}

function planTarget(run: BuildRun, target: string): BuildGraph {
  const lookup = lookupIn(run.globalArgs);
  const expandFrom = (text: string, { from }: Stage) =>
    locating(placeOf(run, from), () => expand(text, lookup, { escape: run.file.escape }));
  const { graph, problem } = planBuild(run.file, { target, expandFrom });
  if (graph === undefined)
    throw new EngineError("invalid-argument", `${dockerfileName(run.request)}: ${problem}`);
  throwProblems(
    run.file.text,
    checkStages(
      run.file,
      graph.stages.map(({ stage }) => stage),
    ),
    run.request,
  );
  return graph;
}

/** Throws `invalid-argument` with the problems that a build cannot get over, and their lines. */
function readFile(text: string, request: BuildRequest): Dockerfile {
  const { tree, problems } = parseDockerfile(text);
  throwProblems(text, problems, request);
  return tree;
}

/** More would hide the first. */
const shownProblems = 10;

function throwProblems(text: string, problems: readonly Problem[], request: BuildRequest): void {
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  const lines = lineIndex(text);
  const messages = errors
    .toSorted((a, b) => a.range.start - b.range.start)
    .slice(0, shownProblems)
    .map(({ range, message }) => `${dockerfileName(request)}:${lineAt(lines, range.start) + 1}: ${message}`);
  throw new EngineError("invalid-argument", messages.join("\n"));
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
