import type { ProgressMessage } from "../../api/types/image.ts";
import type { StageNode } from "../../model/dockerfile/graph.ts";
import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import type { ArgInstruction, Dockerfile, Instruction } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";
import type { BuildRun } from "./build-run.ts";
import { copyStep } from "./copy-step.ts";
import { metadataStep } from "./layer-step.ts";
import { applyMetadata } from "./metadata.ts";
import { resolveImage } from "./resolve-image.ts";
import { runInstruction } from "./run-instruction.ts";
import { type StageState, scratchKey, stateFromImage, stateFromStage } from "./stage-state.ts";
import { envMap, expand, lookupIn, parsePlatform, printPlatform } from "./variables.ts";
import { workdirStep } from "./workdir-step.ts";

type Steps = AsyncGenerator<ProgressMessage, StageState, void>;

/** Builds a stage; what it stands on must be built before. */
export async function* buildStage(run: BuildRun, node: StageNode, signal: AbortSignal): Steps {
  yield printStep(run, node.stage.from);
  let state = yield* startStage(run, node, signal);
  yield printId(state);
  const triggers = node.base.kind === "image" ? (state.base?.config.OnBuild ?? []) : stageTriggers(run, node);
  if (triggers.length > 0) {
    yield { stream: `# Executing ${triggers.length} build trigger${triggers.length === 1 ? "" : "s"}\n` };
  }
  for (const trigger of triggers) {
    const { tree, instruction } = parseTrigger(trigger, node.stage.index);
    // Its offsets are those of its own text; stages are the file's.
    const file = { ...run.file, text: tree.text, escape: tree.escape };
    state = yield* buildStep({ ...run, file }, state, instruction, signal);
    yield printId(state);
  }
  for (const instruction of node.stage.instructions) {
    signal.throwIfAborted();
    yield printStep(run, instruction);
    state = yield* buildStep(run, state, instruction, signal);
    yield printId(state);
  }
  return state;
}

/** The line that announces a step. */
export function printStep(run: BuildRun, instruction: Instruction): ProgressMessage {
  run.counter.done++;
  const flags = instruction.flags.map((flag) => `${run.file.text.slice(flag.range.start, flag.range.end)} `);
  const text = `${instruction.keyword.value.toUpperCase()} ${flags.join("")}${instruction.argumentText}`;
  return { stream: `Step ${run.counter.done}/${run.counter.total} : ${text}\n` };
}

function printId(state: StageState): ProgressMessage {
  const shown = state.key === scratchKey ? "" : state.key.replace("sha256:", "").slice(0, 12);
  return { stream: ` ---> ${shown}\n` };
}

async function* startStage(run: BuildRun, { stage, base }: StageNode, signal: AbortSignal): Steps {
  if (base.kind === "stage") {
    const state = run.stages.get(base.index);
    if (state === undefined) throw new Error(`stage ${base.index} was not built before its use`);
    return stateFromStage(state);
  }
  if (base.reference === "") {
    const message = `base name (${stage.from.image?.value ?? ""}) should not be blank`;
    throw new EngineError("invalid-argument", message);
  }
  const wanted = stage.from.platform;
  const lookup = lookupIn(new Map(), run.globalArgs);
  const platform =
    wanted === undefined ? run.platform : parsePlatform(expand(wanted, lookup, { escape: run.file.escape }));
  if (base.reference === "scratch") return stateFromImage(undefined, platform, run.now);
  const asked = wanted === undefined ? undefined : printPlatform(platform);
  const image = yield* resolveImage(run, base.reference, asked, signal);
  return stateFromImage(image, platform, run.now);
}

/** ONBUILD of the stage this one stands on. */
function stageTriggers(run: BuildRun, { base }: StageNode): readonly string[] {
  return base.kind === "stage" ? (run.stages.get(base.index)?.config.OnBuild ?? []) : [];
}

function parseTrigger(
  text: string,
  stage: number,
): { readonly tree: Dockerfile; readonly instruction: Instruction } {
  const { tree, problems } = parseDockerfile(`FROM scratch\n${text}`);
  const problem = problems.find(({ severity }) => severity === "error");
  const instruction = tree.stages[0]?.instructions[0];
  if (problem !== undefined || instruction === undefined) {
    throw new EngineError("invalid-argument", `ONBUILD trigger "${text}": ${problem?.message ?? "is empty"}`);
  }
  return { tree, instruction: { ...instruction, stage } };
}

async function* buildStep(
  run: BuildRun,
  state: StageState,
  instruction: Instruction,
  signal: AbortSignal,
): Steps {
  switch (instruction.name) {
    case "RUN":
      return yield* runInstruction(run, state, instruction, signal);
    case "COPY":
    case "ADD":
      return yield* copyStep(run, state, instruction, signal);
    case "WORKDIR":
      return yield* workdirStep(run, state, { ...instruction, name: instruction.name }, signal);
    case "ARG":
      return yield* argStep(run, state, instruction);
    default:
      return yield* configStep(run, state, instruction);
  }
}

/** A declared argument takes the request's value, its default, or the value it has before the first FROM. */
async function* argStep(run: BuildRun, state: StageState, instruction: ArgInstruction): Steps {
  const args = new Map(state.args);
  const texts: string[] = [];
  for (const { key, value } of instruction.pairs) {
    const name = key.value;
    run.usedArgs.add(name);
    const given = run.request.buildArgs[name];
    const lookup = lookupIn(envMap(state.config.Env), args);
    const fallback =
      value === undefined ? run.globalArgs.get(name) : expand(value.raw, lookup, { escape: run.file.escape });
    args.set(name, given ?? fallback);
    texts.push(value === undefined ? name : `${name}=${fallback}`);
  }
  // Values count where they are used: RUN's key has them, other instructions' keys have their expanded text.
  const identity = { inputs: ["ARG", texts], createdBy: `/bin/sh -c #(nop)  ARG ${texts.join(" ")}` };
  const { state: next, isCached } = await metadataStep(run, state, identity);
  if (isCached) yield { stream: " ---> Using cache\n" };
  return { ...next, args };
}

async function* configStep(run: BuildRun, state: StageState, instruction: Instruction): Steps {
  const lookup = lookupIn(envMap(state.config.Env), state.args);
  const { config, hasOwnCmd } = state;
  const change = applyMetadata(instruction, { config, hasOwnCmd, lookup, escape: run.file.escape });
  if (change === undefined) throw new Error(`${instruction.name} is no instruction of a stage`);
  const author = change.author ?? state.author;
  const identity = { inputs: [change.text], createdBy: `/bin/sh -c #(nop)  ${change.text}` };
  const { state: next, isCached } = await metadataStep(run, { ...state, author }, identity);
  if (isCached) yield { stream: " ---> Using cache\n" };
  return { ...next, config: change.config, hasOwnCmd: hasOwnCmd || change.setsCmd === true };
}
