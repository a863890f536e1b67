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

export interface StageNode {
  readonly stage: Stage;
  readonly base: Source;
  /** Other stages and images this one copies or mounts from, each once, in order. */
  readonly uses: readonly Source[];
}

export interface StageGraph {
  /** Only the stages that the target needs, in an order in which each stands behind what it needs. */
  readonly nodes: readonly StageNode[];
  readonly target: number;
}

export type GraphResult =
  | { readonly graph: StageGraph; readonly problem?: undefined }
  | { readonly graph?: undefined; readonly problem: string };

/** Decides which stages a target needs. Stages refer only to earlier ones, so there are no cycles. */
export function planStages(file: Dockerfile, options: GraphOptions): GraphResult {
  const target = findTarget(file, options.target);
  if (target === undefined) return { problem: `target stage "${options.target}" could not be found` };
  const needed = new Set<number>([target.index]);
  const nodes: StageNode[] = [];
  for (let index = target.index; index >= 0; index--) {
    const stage = file.stages[index];
    if (stage === undefined || !needed.has(index)) continue;
    const node = nodeOf(file, stage, options);
    for (const source of [node.base, ...node.uses]) {
      if (source.kind === "stage") needed.add(source.index);
    }
    nodes.push(node);
  }
  return { graph: { nodes: nodes.reverse(), target: target.index } };
}

/** The stage that `name` means to stage `before`: the latest earlier stage of that name; else an image. */
export function findBase(file: Dockerfile, name: string, before: number): Source {
  const index = lastNamed(file, name, before);
  return index === undefined ? { kind: "image", reference: name } : { kind: "stage", index };
}

/** What `--from=NAME` means in stage `before`: an earlier stage by name or index, else an image. */
export function findCopySource(file: Dockerfile, name: string, before: number): Source {
  const byName = lastNamed(file, name, before);
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
export function checkStages(file: Dockerfile): Problem[] {
  return file.stages.flatMap((stage) =>
    copySources(stage.instructions).flatMap(({ name, instruction }): Problem[] => {
      if (!/^\d{1,6}$/.test(name) || Number(name) < stage.index) return [];
      const range = instruction.flags.find((flag) => flag.value?.includes(name))?.range ?? instruction.range;
      const message = `--from=${name}: there is no earlier stage with this number`;
      return [{ code: "unknown-stage", message, severity: "error", range }];
    }),
  );
}

function nodeOf(file: Dockerfile, stage: Stage, options: GraphOptions): StageNode {
  const image = options.expandFrom(stage.from.image?.raw ?? "", stage);
  const uses = new Map<string, Source>();
  for (const { name } of copySources(stage.instructions)) {
    const source = findCopySource(file, options.expandFrom(name, stage), stage.index);
    uses.set(JSON.stringify(source), source);
  }
  return { stage, base: findBase(file, image, stage.index), uses: [...uses.values()] };
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
