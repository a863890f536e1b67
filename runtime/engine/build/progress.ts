import type { BuildEvent, BuildStep } from "../../api/types/build.ts";
import type { BuildGraph, StageNode, Vertex } from "../../model/dockerfile/graph.ts";
import type { Dockerfile } from "../../model/dockerfile/types.ts";
import { type StepReport, scratchKey } from "./definition.ts";
import { lineOf, printInstruction } from "./locate-error.ts";
import type { StepRecord } from "./solution.ts";

/** Takes an event; resolves when there is room for more. */
export type Emit = (event: BuildEvent) => Promise<void>;

/** Tells what becomes of each vertex of a build, once. */
export class BuildProgress {
  readonly #emit: Emit;
  readonly #startedAt = new Map<number, number>();
  readonly #finished = new Set<number>();

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  reportOf({ id }: Vertex): StepReport {
    return {
      start: () => this.#start(id),
      container: (container, status) => {
        void this.#emit({ type: "container", step: id, id: container, status });
      },
      log: async (text) => {
        this.#start(id);
        await this.#emit({ type: "log", step: id, text });
      },
      note: (line) => {
        this.#start(id);
        void this.#emit({ type: "progress", step: id, item: "", status: line });
      },
    };
  }

  /** Seconds since the vertex began, to the millisecond; 0 when it did not. */
  secondsOf({ id }: Vertex): number {
    const startedAt = this.#startedAt.get(id);
    return startedAt === undefined ? 0 : Math.round(performance.now() - startedAt) / 1000;
  }

  /** `key` is the definition's after the vertex. */
  finish({ id, isCached, seconds, sizeBytes }: StepRecord, key: string): void {
    this.#end(id, { isCached, seconds, sizeBytes, state: printKey(key) });
  }

  fail(vertex: Vertex, error: string): void {
    const outcome = { isCached: false, seconds: this.secondsOf(vertex), sizeBytes: 0, state: "", error };
    this.#end(vertex.id, outcome);
  }

  #end(
    step: number,
    outcome: Pick<StepRecord, "isCached" | "seconds" | "sizeBytes"> & { state: string; error?: string },
  ): void {
    if (this.#finished.has(step)) return;
    this.#finished.add(step);
    void this.#emit({ type: "finished", step, ...outcome });
  }

  #start(step: number): void {
    if (this.#startedAt.has(step)) return;
    this.#startedAt.set(step, performance.now());
    void this.#emit({ type: "started", step });
  }
}

/** A key as it is shown: 12 hex digits; nothing for an empty stage. */
function printKey(key: string): string {
  return key === scratchKey ? "" : key.replace("sha256:", "").slice(0, 12);
}

/** The event that tells what a build will do. */
export function announcedSteps(file: Dockerfile, { stages }: BuildGraph): BuildEvent {
  const lastOf = new Map(stages.map(({ stage, vertices }) => [stage.index, vertices.at(-1)?.id]));
  const steps = stages.flatMap((node) =>
    node.vertices.map((vertex): BuildStep => {
      const inputs = sourcesOf(node, vertex).flatMap((source) => {
        const id = source.kind === "stage" ? lastOf.get(source.index) : undefined;
        return id === undefined ? [] : [id];
      });
      return {
        id: vertex.id,
        stage: node.stage.name ?? String(node.stage.index),
        text: printInstruction(file, vertex.instruction),
        line: lineOf(file, vertex.instruction),
        inputs,
      };
    }),
  );
  const globalArgs = file.globalArgs.map((instruction) => printInstruction(file, instruction));
  return { type: "steps", globalArgs, steps };
}

function sourcesOf({ base }: StageNode, { instruction, uses }: Vertex) {
  return instruction.name === "FROM" ? [base] : uses;
}
