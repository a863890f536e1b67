import type { ContainerConfig } from "../../api/types/container.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { stepKey } from "./layer-cache.ts";
import { envMap, type Platform } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** A stage after some of its instructions, as far as it is decided without building anything. */
export interface Definition {
  /** The image below all stages it builds on; undefined for scratch. */
  readonly base: ResolvedImage | undefined;
  readonly platform: Platform;
  readonly config: ContainerConfig;
  readonly author: string | undefined;
  /** What is expanded and what RUN gets: the environment and the declared arguments; of one name the later counts. */
  readonly variables: ReadonlyMap<string, string>;
  /** Names of the arguments that the stage declared, in order. */
  readonly args: readonly string[];
  /** CMD was set in this stage, so ENTRYPOINT leaves it. */
  readonly hasOwnCmd: boolean;
  /** The cache key: digest of all that led here, 64 hex digits; at its FROM the image's id or `scratchKey`. */
  readonly key: string;
}

/** Where a step tells how it gets on. */
export interface StepReport {
  /** Marks the step as begun; the first call counts. */
  readonly start: () => void;
  /** The command's container, by its short id. */
  readonly container: (id: string, status: "running" | "removed") => void;
  /** Output of a program. Resolves when there is room for more. */
  readonly log: (text: string) => Promise<void>;
  /** One line on something that takes its time. */
  readonly note: (line: string) => void;
}

/** For work whose step is told of elsewhere. */
export const silent: StepReport = {
  start: () => {},
  container: () => {},
  log: async () => {},
  note: () => {},
};

/** What an instruction will do: decided, not done. */
export interface StepPlan {
  /** What it changes of the definition. */
  readonly changes: Partial<Pick<Definition, "config" | "author" | "variables" | "args" | "hasOwnCmd">>;
  /** All that decides its outcome, as data; another stage counts by that stage's key. */
  readonly inputs: readonly unknown[];
  /** For the image's history; undefined when it is not told there. */
  readonly createdBy: string | undefined;
  /** Undefined when it changes no file. */
  readonly work: StepWork | undefined;
}

/** How an instruction changes files. */
export interface StepWork {
  /** Stages (by index) whose files it reads: they are built before it. */
  readonly stages: readonly number[];
  /**
   * Its inputs with the content of those stages in place of their keys: a stage that was built anew and came out the same
   * leaves the steps that read it in the cache. Undefined when it reads no stage.
   */
  readonly contentInputs?: (signal: AbortSignal) => Promise<readonly unknown[]>;
  /** Its layer is written without regard to the files below it. */
  readonly isLinked?: boolean;
  readonly run: (layer: OpenLayer, report: StepReport, signal: AbortSignal) => Promise<void>;
}

/** An instruction with the definition it leads to. */
export interface DefinedStep {
  readonly plan: StepPlan;
  readonly before: Definition;
  readonly after: Definition;
}

/** The definition that a plan leads to. */
export function defineStep(before: Definition, plan: StepPlan): DefinedStep {
  const after = { ...before, ...plan.changes, key: stepKey(before.key, plan.inputs) };
  return { plan, before, after };
}

/** What an image without an environment of its own gets. */
export const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a stage's key starts from when there is no image below it. */
export const scratchKey = "scratch";

/** A stage at its FROM of an image, or of scratch. */
export function definitionFromImage(image: ResolvedImage | undefined, platform: Platform): Definition {
  const config = image?.config ?? { WorkingDir: "/" };
  const env = config.Env ?? [];
  const Env = envMap(env).has("PATH") ? env : [...env, `PATH=${defaultPath}`];
  return {
    base: image,
    platform: image === undefined ? platform : platformOf(image),
    config: { ...config, Env, OnBuild: null },
    author: undefined,
    variables: envMap(Env),
    args: [],
    key: image?.id ?? scratchKey,
    hasOwnCmd: false,
  };
}

/** A stage at its FROM of another stage. */
export function definitionFromStage(definition: Definition): Definition {
  // Values of the arguments of the stage below are handed on with its environment.
  return { ...definition, args: [], hasOwnCmd: false, config: { ...definition.config, OnBuild: null } };
}

function platformOf(image: ResolvedImage): Platform {
  return {
    os: image.os,
    architecture: image.architecture,
    ...(image.variant === undefined ? {} : { variant: image.variant }),
  };
}
