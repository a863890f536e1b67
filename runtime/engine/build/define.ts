import { parseDockerfile } from "../../model/dockerfile/parse.ts";
import type { ArgInstruction, Dockerfile, Instruction, Stage } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";
import type { BuildRun, StepScope } from "./build-run.ts";
import { planCopy } from "./copy-step.ts";
import {
  type DefinedStep,
  type Definition,
  defineStep,
  definitionFromImage,
  type StepPlan,
  type StepReport,
} from "./definition.ts";
import { applyMetadata } from "./metadata.ts";
import { resolveImage } from "./resolve-image.ts";
import { planRun } from "./run-instruction.ts";
import { expand, lookupIn, parsePlatform, printPlatform } from "./variables.ts";
import { planWorkdir } from "./workdir-step.ts";

/** The definition of a stage's FROM that names an image or scratch; the image is pulled when it is missing. */
export async function defineBase(
  run: BuildRun,
  stage: Stage,
  reference: string,
  report: StepReport,
  signal: AbortSignal,
): Promise<{ readonly from: Definition; readonly triggers: readonly string[] }> {
  if (reference === "") {
    const message = `base name (${stage.from.image?.value ?? ""}) should not be blank`;
    throw new EngineError("invalid-argument", message);
  }
  const wanted = stage.from.platform;
  const lookup = lookupIn(run.globalArgs);
  const platform =
    wanted === undefined ? run.platform : parsePlatform(expand(wanted, lookup, { escape: run.file.escape }));
  if (reference === "scratch") return { from: definitionFromImage(undefined, platform), triggers: [] };
  const asked = wanted === undefined ? undefined : printPlatform(platform);
  const image = await resolveImage(run, reference, asked, report, signal);
  return { from: definitionFromImage(image, platform), triggers: image.config.OnBuild ?? [] };
}

/** Decides what an instruction does to a stage. Files of the context are read for their digests; nothing is built. */
export async function defineInstruction(scope: StepScope, instruction: Instruction): Promise<DefinedStep> {
  return defineStep(scope.before, await plan(scope, instruction));
}

/** An ONBUILD instruction, done in the stage `stage`. */
export async function defineTrigger(scope: StepScope, text: string, stage: number): Promise<DefinedStep> {
  const { tree, instruction } = parseTrigger(text, stage);
  // Its offsets are those of its own text; stages are the file's.
  const file = { ...scope.run.file, text: tree.text, escape: tree.escape };
  return await defineInstruction({ ...scope, run: { ...scope.run, file } }, instruction);
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

async function plan(scope: StepScope, instruction: Instruction): Promise<StepPlan> {
  switch (instruction.name) {
    case "RUN":
      return await planRun(scope, instruction);
    case "COPY":
    case "ADD":
      return await planCopy(scope, instruction);
    case "WORKDIR":
      return planWorkdir(scope, { ...instruction, name: instruction.name });
    case "ARG":
      return planArg(scope, instruction);
    default:
      return planMetadata(scope, instruction);
  }
}

/** A declared argument takes the request's value, its default, or the value it has before the first FROM. */
function planArg({ run, before }: StepScope, instruction: ArgInstruction): StepPlan {
  const variables = new Map(before.variables);
  const args = [...before.args];
  const texts: string[] = [];
  for (const { key, value } of instruction.pairs) {
    const name = key.value;
    run.usedArgs.add(name);
    const given = run.request.buildArgs[name];
    const fallback =
      value === undefined
        ? run.globalArgs.get(name)
        : expand(value.raw, lookupIn(variables), { escape: run.file.escape });
    const found = given ?? fallback;
    if (found !== undefined) variables.set(name, found);
    if (!args.includes(name)) args.push(name);
    texts.push(found === undefined ? name : `${name}=${found}`);
  }
  // Values count where they are used: RUN's key has them, other instructions' keys have their expanded text.
  return {
    changes: { variables, args },
    inputs: ["ARG", args],
    createdBy: `ARG ${texts.join(" ")}`,
    work: undefined,
  };
}

function planMetadata({ run, before }: StepScope, instruction: Instruction): StepPlan {
  const lookup = lookupIn(before.variables);
  const { config, hasOwnCmd } = before;
  const change = applyMetadata(instruction, { config, hasOwnCmd, lookup, escape: run.file.escape });
  if (change === undefined) throw new Error(`${instruction.name} is no instruction of a stage`);
  return {
    changes: {
      config: change.config,
      variables: new Map([...before.variables, ...(change.environment ?? [])]),
      author: change.author ?? before.author,
      hasOwnCmd: hasOwnCmd || change.setsCmd === true,
    },
    inputs: [change.text],
    createdBy: instruction.name === "ONBUILD" ? undefined : change.text,
    work: undefined,
  };
}
