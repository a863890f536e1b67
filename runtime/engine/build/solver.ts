import type { BuildGraph, Source, StageNode, Vertex } from "../../model/dockerfile/graph.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { type BuildRun, type BuildSources, placeOf } from "./build-run.ts";
import { defineBase, defineInstruction, defineTrigger } from "./define.ts";
import {
  type DefinedStep,
  type Definition,
  definitionFromStage,
  type StepReport,
  silent,
} from "./definition.ts";
import { locateError } from "./locate-error.ts";
import type { LayerRef } from "./ports.ts";
import type { BuildProgress } from "./progress.ts";
import { resolveImage } from "./resolve-image.ts";
import { type Solution, type StepRecord, type StepState, solutionOfBase } from "./solution.ts";
import { solveStep } from "./solve-step.ts";

/** A stage with every step decided. */
interface DefinedStage {
  readonly node: StageNode;
  readonly from: Definition;
  readonly vertices: readonly DefinedVertex[];
  readonly end: Definition;
}

/** One step for an instruction; for a FROM those of its base's triggers. */
interface DefinedVertex {
  readonly vertex: Vertex;
  readonly steps: readonly DefinedStep[];
  readonly end: Definition;
}

/** What a build comes to. */
export interface Solved {
  readonly definition: Definition;
  readonly solution: Solution;
  /** One per vertex, in the graph's order. */
  readonly records: readonly StepRecord[];
}

/**
 * Builds the target of a graph. First all its stages are defined, side by side: images are resolved, files digested, keys
 * computed, and nothing is built. Then the stages that some step outside the cache reads are built, side by side, and
 * the target's steps are. The first failure stops everything and is thrown once all has ended.
 */
export async function solveGraph(
  run: BuildRun,
  graph: BuildGraph,
  progress: BuildProgress,
  signal: AbortSignal,
): Promise<Solved> {
  const solver = new Solver(run, graph, progress, signal);
  return await solver.solve();
}

class Solver {
  readonly #run: BuildRun;
  readonly #graph: BuildGraph;
  readonly #progress: BuildProgress;
  readonly #failed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #nodes: ReadonlyMap<number, StageNode>;
  readonly #defined = new Map<number, Promise<DefinedStage>>();
  readonly #solved = new Map<number, Promise<Solution>>();
  readonly #images = new Map<string, Promise<ResolvedImage>>();
  readonly #records = new Map<number, StepRecord>();
  readonly #sources: BuildSources;

  constructor(run: BuildRun, graph: BuildGraph, progress: BuildProgress, signal: AbortSignal) {
    this.#run = run;
    this.#graph = graph;
    this.#progress = progress;
    this.#signal = AbortSignal.any([signal, this.#failed.signal]);
    this.#nodes = new Map(graph.stages.map((node) => [node.stage.index, node]));
    this.#sources = {
      keyOf: (source, report) => this.#keyOf(source, report),
      rootOf: (source, stop) => this.#rootOf(source, stop),
    };
  }

  async solve(): Promise<Solved> {
    try {
      const stages = await Promise.all(this.#graph.stages.map(({ stage }) => this.#define(stage.index)));
      const needed = await this.#neededStages();
      for (const stage of stages) if (!needed.has(stage.node.stage.index)) this.#skip(stage);
      const { end } = await this.#define(this.#graph.target);
      await Promise.all([...needed].map((index) => this.#solve(index)));
      const solution = await this.#solve(this.#graph.target);
      const vertices = this.#graph.stages.flatMap((node) => node.vertices);
      const records = vertices.flatMap(({ id }) => this.#records.get(id) ?? []);
      return { definition: end, solution, records };
    } catch (error) {
      this.#failed.abort(error);
      throw error;
    } finally {
      await Promise.allSettled([...this.#defined.values(), ...this.#solved.values()]);
    }
  }

  #define(index: number): Promise<DefinedStage> {
    return memo(this.#defined, index, () => this.#defineStage(this.#node(index)));
  }

  async #defineStage(node: StageNode): Promise<DefinedStage> {
    const [fromVertex, ...others] = node.vertices;
    if (fromVertex === undefined) throw new Error(`stage ${node.stage.index} has no FROM`);
    const { from, triggers } = await this.#failing(fromVertex, () => this.#start(node, fromVertex));
    if (triggers.length > 0) {
      const count = `${triggers.length} build trigger${triggers.length === 1 ? "" : "s"}`;
      this.#progress.reportOf(fromVertex).note(`# Executing ${count}`);
    }
    const steps: DefinedStep[] = [];
    let end = from;
    for (const text of triggers) {
      const scope = this.#scope(end, fromVertex);
      const step = await this.#failing(fromVertex, () => defineTrigger(scope, text, node.stage.index));
      steps.push(step);
      end = step.after;
    }
    const vertices: DefinedVertex[] = [{ vertex: fromVertex, steps, end }];
    for (const vertex of others) {
      const scope = this.#scope(end, vertex);
      const step = await this.#failing(vertex, () => defineInstruction(scope, vertex.instruction));
      end = step.after;
      vertices.push({ vertex, steps: [step], end });
    }
    return { node, from, vertices, end };
  }

  async #start(
    { stage, base }: StageNode,
    vertex: Vertex,
  ): Promise<{ readonly from: Definition; readonly triggers: readonly string[] }> {
    const report = this.#progress.reportOf(vertex);
    if (base.kind === "image")
      return await defineBase(this.#run, stage, base.reference, report, this.#signal);
    const { end } = await this.#define(base.index);
    return { from: definitionFromStage(end), triggers: end.config.OnBuild ?? [] };
  }

  #scope(before: Definition, vertex: Vertex) {
    const report = this.#progress.reportOf(vertex);
    return { run: this.#run, before, sources: this.#sources, report, signal: this.#signal };
  }

  /** The target, what it stands on, and what steps read that the cache does not have; the same of all those. */
  async #neededStages(): Promise<ReadonlySet<number>> {
    const needed = new Set<number>([this.#graph.target]);
    for (const index of needed) {
      const { node, vertices } = await this.#define(index);
      if (node.base.kind === "stage") needed.add(node.base.index);
      for (const step of vertices.flatMap(({ steps }) => steps)) {
        const stages = step.plan.work?.stages ?? [];
        if (stages.length === 0 || this.#isCached(step)) continue;
        for (const used of stages) needed.add(used);
      }
    }
    return needed;
  }

  #isCached({ after }: DefinedStep): boolean {
    return !this.#run.request.noCache && this.#run.cache.find(after.key) !== undefined;
  }

  /** Everything that would read the stage is in the cache. */
  #skip({ vertices }: DefinedStage): void {
    let before: StepState | undefined;
    for (const { vertex, end } of vertices) {
      const after = { definition: end, solution: undefined };
      this.#finish(vertex, { before, after, isCached: true, sizeBytes: 0 });
      before = after;
    }
  }

  #solve(index: number): Promise<Solution> {
    return memo(this.#solved, index, async () => await this.#solveStage(await this.#define(index)));
  }

  async #solveStage({ node: { base }, from, vertices }: DefinedStage): Promise<Solution> {
    let solution =
      base.kind === "stage" ? await this.#solve(base.index) : solutionOfBase(from, this.#run.now);
    let before: StepState | undefined;
    for (const { vertex, steps, end } of vertices) {
      const layersBefore = solution.layers;
      let isCached = true;
      for (const step of steps) {
        const below = solution;
        const solved = await this.#failing(vertex, () => this.#solveStep(vertex, step, below), before);
        isCached &&= solved.isCached;
        solution = solved.solution;
      }
      const sizeBytes = sumOf(solution.layers.slice(layersBefore.length));
      const after = { definition: end, solution };
      this.#finish(vertex, { before, after, isCached, sizeBytes });
      before = after;
    }
    return solution;
  }

  #solveStep(vertex: Vertex, step: DefinedStep, before: Solution) {
    const buildStages = async (stages: readonly number[]) => {
      await Promise.all(stages.map((index) => this.#solve(index)));
    };
    const report = this.#progress.reportOf(vertex);
    return solveStep(this.#run, step, before, buildStages, report, this.#signal);
  }

  /** Marks the vertex as failed when `work` fails, and stops the rest of the build. */
  async #failing<T>(vertex: Vertex, work: () => Promise<T>, before?: StepState): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // What fails because another step did has nothing to tell.
      const isFirst = !this.#signal.aborted;
      if (isFirst) {
        this.#progress.fail(vertex, error instanceof Error ? error.message : String(error));
        this.#failed.abort(locateError(error, placeOf(this.#run, vertex.instruction)));
      }
      const seconds = this.#progress.secondsOf(vertex);
      this.#records.set(vertex.id, {
        ...{ id: vertex.id, before, after: undefined, isCached: false, seconds, sizeBytes: 0 },
      });
      throw isFirst ? this.#failed.signal.reason : error;
    }
  }

  #finish(vertex: Vertex, outcome: Omit<StepRecord, "id" | "seconds">): void {
    const record = { ...outcome, id: vertex.id, seconds: this.#progress.secondsOf(vertex) };
    this.#records.set(vertex.id, record);
    this.#progress.finish(record, outcome.after?.definition.key ?? "");
  }

  async #keyOf(source: Source, report: StepReport): Promise<string> {
    if (source.kind === "stage") return (await this.#define(source.index)).end.key;
    return (await this.#image(source.reference, report)).id;
  }

  async #rootOf(source: Source, signal: AbortSignal): Promise<string> {
    if (source.kind === "stage") {
      return await this.#run.workspace.readOnly((await this.#solve(source.index)).chainId, signal);
    }
    const { chainId } = await this.#image(source.reference);
    return await this.#run.workspace.readOnly(chainId, signal);
  }

  /** An image that files are copied from: one for the whole build, whatever becomes of its name meanwhile. */
  #image(reference: string, report: StepReport = silent): Promise<ResolvedImage> {
    return memo(this.#images, reference, () =>
      resolveImage(this.#run, reference, undefined, report, this.#signal),
    );
  }

  #node(index: number): StageNode {
    const node = this.#nodes.get(index);
    if (node === undefined) throw new Error(`stage ${index} is not in the graph`);
    return node;
  }
}

function sumOf(layers: readonly LayerRef[]): number {
  return layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** The promise that stands under `key`, else that of `make`. Whoever does not await it need not fear its failure. */
function memo<K, T>(promises: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const known = promises.get(key);
  if (known !== undefined) return known;
  const made = make();
  made.catch(() => {});
  promises.set(key, made);
  return made;
}
