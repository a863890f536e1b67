import type { Problem } from "../text/problem.ts";
import type { Dockerfile, Instruction, Stage } from "./types.ts";

/** What a FROM or a `--from` names: a stage of the file, or an image (`scratch` included). */
export type Source =
  | { readonly kind: "stage"; readonly index: number }
  | { readonly kind: "image"; readonly reference: string };

/** `resolve` expands variables in a reference; it is given the stage that names it. */
export interface GraphOptions {
  /** Name or index of the stage to build; "" for the last. */
  readonly target: string;
  readonly expandFrom: (text: string, stage: Stage) => string;
}

/** One instruction that a build carries out. */
export interface Vertex {
  /** Its index in the graph's order. */
  readonly id: number;
  readonly instruction: Instruction;
  /** Other stages and images it copies or mounts from, each once, in order. A FROM has none: its source is the stage's base. */
  readonly uses: readonly Source[];
}

/** A stage that the target needs: a chain of vertices, the FROM first, on its base. */
export interface StageNode {
  readonly stage: Stage;
  readonly base: Source;
  readonly vertices: readonly Vertex[];
}

export interface BuildGraph {
  /** Only the stages that the target needs, in an order in which each stands behind what it needs. */
  readonly stages: readonly StageNode[];
  /** Index of the target stage in the file. */
  readonly target: number;
}

export type GraphResult =
  | { readonly graph: BuildGraph; readonly problem?: undefined }
  | { readonly graph?: undefined; readonly problem: string };

/** Decides what a target needs. Stages that need each other in a circle are the problem. */
export function planBuild(file: Dockerfile, options: GraphOptions): GraphResult {
  const target = findTarget(file, options.target);
  if (target === undefined) return { problem: `target stage "${options.target}" could not be found` };
  const done = new Map<number, StageNode>();
  /** The way from the target to the stage that is looked at; each knows what it still needs. */
  const path: { readonly node: StageNode; readonly needs: number[] }[] = [];
  const onPath = new Set<number>();
  let vertexCount = 0;
  const enter = (index: number) => {
    const stage = file.stages[index];
    if (stage === undefined) throw new Error(`the file has no stage ${index}`);
    const node = nodeOf(file, stage, options);
    const sources = [node.base, ...node.vertices.flatMap(({ uses }) => uses)];
    onPath.add(index);
    path.push({ node, needs: sources.flatMap((each) => (each.kind === "stage" ? [each.index] : [])) });
  };
  enter(target.index);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.needs.shift();
    if (next === undefined) {
      const { stage, vertices } = top.node;
      const numbered = vertices.map((vertex) => ({ ...vertex, id: vertexCount++ }));
      done.set(stage.index, { ...top.node, vertices: numbered });
      onPath.delete(stage.index);
      path.pop();
    } else if (onPath.has(next)) {
      return { problem: `circular dependency detected on stage: ${file.stages[next]?.name ?? next}` };
    } else if (!done.has(next)) enter(next);
  }
  return { graph: { stages: [...done.values()], target: target.index } };
}

/** The stage that `name` means to stage `before`: the latest earlier stage of that name; else an image. */
export function findBase(file: Dockerfile, name: string, before: number): Source {
  const index = lastNamed(file, name, before);
  return index === undefined ? { kind: "image", reference: name } : { kind: "stage", index };
}

/** What `--from=NAME` means in stage `before`: an earlier stage by name or index, a later one by name, else an image. */
export function findCopySource(file: Dockerfile, name: string, before: number): Source {
  const byName = lastNamed(file, name, before) ?? lastNamed(file, name, file.stages.length);
  if (byName !== undefined) return { kind: "stage", index: byName };
  if (/^\d{1,6}$/.test(name) && Number(name) < before) return { kind: "stage", index: Number(name) };
  return { kind: "image", reference: name };
}

/** Texts of `--from` in COPY and of `from=` in RUN's bind and cache mounts, with the instruction that has them. */
export function copySources(
  instructions: readonly Instruction[],
): { name: string; instruction: Instruction }[] {
  return instructions.flatMap((instruction) =>
    instruction.flags.flatMap((flag): { name: string; instruction: Instruction }[] => {
      if (instruction.name === "COPY" && flag.name === "from" && flag.value !== undefined) {
        return [{ name: flag.value, instruction }];
      }
      if (instruction.name !== "RUN" || flag.name !== "mount") return [];
      const from = flag.value?.split(",").find((part) => part.startsWith("from="));
      return from === undefined ? [] : [{ name: from.slice("from=".length), instruction }];
    }),
  );
}

/** Problems of references between stages: `--from` with the number of this or a later stage. */
export function checkStages(file: Dockerfile, stages: readonly Stage[] = file.stages): Problem[] {
  return stages.flatMap((stage) =>
    copySources(stage.instructions).flatMap(({ name, instruction }): Problem[] => {
      if (!/^\d{1,6}$/.test(name) || Number(name) < stage.index) return [];
      const range = instruction.flags.find((flag) => flag.value?.includes(name))?.range ?? instruction.range;
      const message = `--from=${name}: there is no earlier stage with this number`;
      return [{ code: "unknown-stage", message, severity: "error", range }];
    }),
  );
}

/** Vertices are numbered when their stage has its place in the order. */
function nodeOf(file: Dockerfile, stage: Stage, options: GraphOptions): StageNode {
  const image = options.expandFrom(stage.from.image?.raw ?? "", stage);
  const usesOf = (instruction: Instruction) => {
    const uses = new Map<string, Source>();
    for (const { name } of copySources([instruction])) {
      const source = findCopySource(file, options.expandFrom(name, stage), stage.index);
      uses.set(JSON.stringify(source), source);
    }
    return [...uses.values()];
  };
  const vertices = [stage.from, ...stage.instructions].map((instruction) => ({
    id: -1,
    instruction,
    uses: usesOf(instruction),
  }));
  return { stage, base: findBase(file, image, stage.index), vertices };
}

function findTarget(file: Dockerfile, target: string): Stage | undefined {
  if (target === "") return file.stages.at(-1);
  const named = lastNamed(file, target, file.stages.length);
  if (named !== undefined) return file.stages[named];
  return /^\d{1,6}$/.test(target) ? file.stages[Number(target)] : undefined;
}

function lastNamed(file: Dockerfile, name: string, before: number): number | undefined {
  const wanted = name.toLowerCase();
  return file.stages.findLast((stage) => stage.index < before && stage.name === wanted)?.index;
}
