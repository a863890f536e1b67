import { randomBytes } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import { findCopySource } from "../../model/dockerfile/graph.ts";
import type { RunInstruction } from "../../model/dockerfile/types.ts";
import type { StepMount, StepRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildRun, StepScope } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { copySource } from "./copy-tree.ts";
import type { Definition, StepPlan, StepReport } from "./definition.ts";
import { digestFiles } from "./digest-files.ts";
import { type PlaceInRoot, resolveInRoot } from "./in-root.ts";
import { StepFailure } from "./locate-error.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { parseRunMount, type RunMount } from "./run-mounts.ts";
import { runStep } from "./run-step.ts";
import { digestTree } from "./tree-walk.ts";
import { expand, lookupIn, proxyVariables } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** A mount and what of it counts for the cache; its directory is made ready only when the step really runs. */
interface PlacedMount {
  /** Caches are taken in the order of this, so that two steps cannot wait for each other. */
  readonly order: string;
  readonly open: (held: AsyncDisposableStack, signal: AbortSignal) => Promise<StepMount>;
  readonly identity: readonly unknown[];
  /** The identity by content, where `identity` only names a stage or image. */
  readonly content?: (signal: AbortSignal) => Promise<readonly unknown[]>;
  /** The stage it needs built. */
  readonly stage?: number;
}

/** RUN. Its work throws `StepFailure` when the command fails. */
export async function planRun(scope: StepScope, instruction: RunInstruction): Promise<StepPlan> {
  const { run, before } = scope;
  refuseFlags(instruction);
  const command = runCommand(instruction, before.config, run.file.text);
  const cwd = before.config.WorkingDir || "/";
  const lookup = lookupIn(before.variables);
  const networkMode = networkOf(run, instruction, lookup);
  const mounts: PlacedMount[] = [];
  for (const flag of instruction.flags) {
    if (flag.name !== "mount") continue;
    const value = expand(flag.value ?? "", lookup, { escape: run.file.escape });
    const mount = parseRunMount(flag, value, cwd);
    if (mount !== undefined) mounts.push(await placeMount(scope, instruction.stage, mount));
  }
  const args = argsInEffect(before);
  // Undeclared proxies come from where the build runs: they change neither key nor history.
  const variables = new Map([...proxyVariables(run.request.buildArgs), ...before.variables]);
  const env = [...variables].map(([name, value]) => `${name}=${value}`);
  const inputs = (identities: readonly (readonly unknown[])[]) => [
    "RUN",
    command,
    args,
    networkMode,
    identities,
  ];
  const details = { command, env, cwd, networkMode, mounts };
  const stages = mounts.flatMap(({ stage }) => (stage === undefined ? [] : [stage]));
  const byContent = async (signal: AbortSignal) =>
    inputs(await Promise.all(mounts.map(({ identity, content }) => content?.(signal) ?? identity)));
  return {
    changes: {},
    inputs: inputs(mounts.map(({ identity }) => identity)),
    createdBy: printCommand(command, args),
    work: {
      stages,
      ...(mounts.some(({ content }) => content !== undefined) ? { contentInputs: byContent } : {}),
      run: (layer, report, signal) => runInLayer(run, before, details, layer, report, signal),
    },
  };
}

interface RunDetails {
  readonly command: RunCommand;
  readonly env: readonly string[];
  readonly cwd: string;
  readonly networkMode: string;
  readonly mounts: readonly PlacedMount[];
}

async function runInLayer(
  run: BuildRun,
  before: Definition,
  { command, env, cwd, networkMode, mounts }: RunDetails,
  layer: OpenLayer,
  report: StepReport,
  signal: AbortSignal,
): Promise<void> {
  await using held = new AsyncDisposableStack();
  const opened = new Map<PlacedMount, StepMount>();
  for (const mount of mounts.toSorted((a, b) => (a.order < b.order ? -1 : 1))) {
    opened.set(mount, await mount.open(held, signal));
  }
  const id = randomBytes(32).toString("hex");
  const { script } = command;
  const scripts = script === undefined ? [] : [await placeScript(run, script.path, script.content)];
  const { shmSizeBytes, extraHosts } = run.request;
  const request: StepRequest = {
    id,
    rootfs: layer.target,
    args: command.args,
    env,
    cwd,
    user: before.config.User ?? "",
    networkMode,
    mounts: [...mounts.flatMap((mount) => opened.get(mount) ?? []), ...scripts],
    hostname: id.slice(0, 12),
    extraHosts,
    ...(shmSizeBytes === undefined ? {} : { shmSizeBytes }),
  };
  report.container(id.slice(0, 12), "running");
  const code = await runStep(run.steps, request, report.log, signal);
  if (code !== 0) {
    const line = command.args.join(" ");
    throw new StepFailure(`The command '${line}' returned a non-zero code: ${code}`, code);
  }
  report.container(id.slice(0, 12), "removed");
}

/** The stage's arguments, as `NAME=value`; a later ENV's value where one hides the argument's. */
function argsInEffect({ args, variables }: Definition): string[] {
  return args.map((name) => `${name}=${variables.get(name) ?? ""}`);
}

/** As Docker's history has it: the arguments in effect first, `RUN |COUNT a=b … COMMAND`. */
function printCommand({ args: words }: RunCommand, args: readonly string[]): string {
  return ["RUN", ...(args.length === 0 ? [] : [`|${args.length}`, ...args]), ...words, "# buildkit"].join(
    " ",
  );
}

function networkOf(run: BuildRun, instruction: RunInstruction, lookup: Lookup): string {
  const flag = instruction.flags.findLast(({ name }) => name === "network")?.value;
  if (flag === undefined) return run.request.networkMode || "default";
  const mode = expand(flag, lookup, { escape: run.file.escape });
  if (mode !== "default" && mode !== "none" && mode !== "host") {
    throw new EngineError("invalid-argument", `RUN --network: unknown network mode "${mode}"`);
  }
  return mode === "default" ? run.request.networkMode || "default" : mode;
}

function refuseFlags(instruction: RunInstruction): void {
  for (const flag of instruction.flags) {
    const isSandbox = flag.name === "security" && flag.value === "sandbox";
    if (flag.name === "mount" || flag.name === "network" || isSandbox) continue;
    if (flag.name === "security") {
      const message = `RUN --security=${flag.value ?? ""} is not allowed: steps of a build have no more rights than a container`;
      throw new EngineError("forbidden", message);
    }
    throw new EngineError("not-implemented", `RUN --${flag.name}=${flag.value ?? ""} is not implemented`);
  }
}

async function placeMount(
  { run, sources, report, signal }: StepScope,
  stage: number,
  mount: RunMount,
): Promise<PlacedMount> {
  const { target } = mount;
  if (mount.type === "tmpfs") {
    const made = { type: "tmpfs", source: "", target, readOnly: false } as const;
    return { order: "", open: async () => made, identity: ["tmpfs", target] };
  }
  const from = mount.from === undefined ? undefined : findCopySource(run.file, mount.from, stage);
  const usedStage = from?.kind === "stage" ? { stage: from.index } : {};
  const find = async (stop: AbortSignal) =>
    await findMounted(from === undefined ? run.context.root : await sources.rootOf(from, stop), mount.source);
  if (mount.type === "cache") {
    const open = async (held: AsyncDisposableStack, stop: AbortSignal): Promise<StepMount> => {
      const seed = from === undefined ? undefined : await find(stop);
      const { source } = held.use(await run.cacheMounts.take(mount, seed, stop));
      return { type: "bind", source, target, readOnly: mount.readOnly };
    };
    // What a cache holds does not count; so neither does what it starts with.
    return { ...usedStage, order: mount.id, open, identity: ["cache", target, mount.id] };
  }
  const open = async (_: AsyncDisposableStack, stop: AbortSignal): Promise<StepMount> => {
    const place = await find(stop);
    const source = mount.isWritable ? await writableCopy(run, place, stop) : place.hostPath;
    return { type: "bind", source: toText(source), target, readOnly: !mount.isWritable };
  };
  const content = async (stop: AbortSignal) => {
    const place = await find(stop);
    const digest =
      from === undefined ? digestTree(place.hostPath, "include", stop) : digestFiles(place, stop);
    return ["bind", target, mount.isWritable, await digest];
  };
  if (from === undefined) return { order: "", open, identity: await content(signal) };
  const key = await sources.keyOf(from, report);
  const identity = ["bind from", key, mount.source, target, mount.isWritable];
  return { ...usedStage, order: "", open, identity, content };
}

async function findMounted(root: string, source: string): Promise<PlaceInRoot> {
  const place = await resolveInRoot(root, toBytes(source));
  if (place.kind !== "missing") return place;
  throw new EngineError("invalid-argument", `RUN --mount: "${source}" does not exist`);
}

/** What a step writes to a mount is not kept, and must not change what other steps see. */
async function writableCopy(run: BuildRun, place: PlaceInRoot, signal: AbortSignal): Promise<string> {
  const root = run.workspace.newPath("writable");
  await mkdir(onDisk(root), { mode: 0o755 });
  const target = { root, destination: "/content", owner: "source", mode: undefined } as const;
  await copySource({ name: "content", below: "", place }, target, signal);
  return `${root}/content`;
}

async function placeScript(run: BuildRun, path: string, content: string): Promise<StepMount> {
  const source = run.workspace.newPath("script");
  await writeFile(onDisk(source), content, { mode: 0o755 });
  await chmod(onDisk(source), 0o755);
  return { type: "bind", source: toText(source), target: path, readOnly: true };
}
