import { type BuildGraph, checkStages, planBuild } from "../../model/dockerfile/graph.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import type { Dockerfile } from "../../model/dockerfile/types.ts";
import { parseReference, printFamiliar, withDefaultTag } from "../../model/reference.ts";
import { lineAt, lineIndex } from "../../model/text/line-index.ts";
import { EngineError } from "../error.ts";
import type { BuildRequest } from "../http/backend.ts";
import type { Digest } from "../image/resolved.ts";
import { globalScope } from "./arguments.ts";
import type { BuilderParts, BuildRun } from "./build-run.ts";
import { openContext } from "./context.ts";
import { newImage } from "./new-image.ts";
import { announcedSteps, BuildProgress, type Emit } from "./progress.ts";
import { solveGraph } from "./solver.ts";
import { expand, lookupIn } from "./variables.ts";
import { BuildWorkspace } from "./workspace.ts";

export interface BuiltImage {
  readonly id: Digest;
  readonly tags: readonly string[];
}

/** One build, from its context to the image in the store. Leaves nothing else, failed or not. */
export async function buildImage(
  parts: BuilderParts,
  request: BuildRequest,
  emit: Emit,
  signal: AbortSignal,
): Promise<BuiltImage> {
  const tags = request.tags.map(parseTag);
  await using workspace = await BuildWorkspace.create(parts.root, parts.snapshots);
  const context = await openContext(
    request.context,
    request.dockerfile,
    workspace.newPath("context"),
    signal,
  );
  const file = readFile(context.dockerfile);
  const now = new Date().toISOString();
  const run: BuildRun = {
    ...parts,
    ...globalScope(file, request),
    ...{ request, file, context, workspace, now },
  };
  const graph = planGraph(run);
  await emit(announcedSteps(file, graph));
  const { definition, solution } = await solveGraph(run, graph, new BuildProgress(emit), signal);
  const unused = Object.keys(request.buildArgs).filter((name) => !run.usedArgs.has(name));
  if (unused.length > 0) {
    const message = `One or more build-args [${unused.join(" ")}] were not consumed`;
    await emit({ type: "warning", message });
  }
  const id = await run.images.commit(newImage(definition, solution, request.labels), tags);
  await emit({ type: "image", id, tags });
  return { id, tags };
}

function planGraph(run: BuildRun): BuildGraph {
  const lookup = lookupIn(new Map(), run.globalArgs);
  const expandFrom = (text: string) => expand(text, lookup, { escape: run.file.escape });
  const { graph, problem } = planBuild(run.file, { target: run.request.target, expandFrom });
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
