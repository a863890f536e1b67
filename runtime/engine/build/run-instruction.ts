import { randomBytes } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import type { ProgressMessage } from "../../api/types/image.ts";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import type { RunInstruction } from "../../model/dockerfile/types.ts";
import type { StepMount, StepRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildRun } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { sourceRoot } from "./copy-step.ts";
import { copySource } from "./copy-tree.ts";
import { type PlaceInRoot, resolveInRoot } from "./in-root.ts";
import { layerStep } from "./layer-step.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { parseRunMount, type RunMount } from "./run-mounts.ts";
import { runStep } from "./run-step.ts";
import type { StageState } from "./stage-state.ts";
import { digestTree } from "./tree-walk.ts";
import { envMap, expand, isProxyArg, lookupIn } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** A mount and what of it counts for the cache; its directory is made ready only when the step really runs. */
interface PlacedMount {
  /** Caches are taken in the order of this, so that two steps cannot wait for each other. */
  readonly order: string;
  readonly open: (held: AsyncDisposableStack, signal: AbortSignal) => Promise<StepMount>;
  readonly identity: readonly unknown[];
}

/** A command of a RUN that ended with another code than 0; clients end with that code. */
export class StepFailure extends EngineError {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super("invalid-argument", message);
    this.exitCode = exitCode;
  }
}

/** RUN. Throws `StepFailure` when the command fails. */
export async function* runInstruction(
  run: BuildRun,
  state: StageState,
  instruction: RunInstruction,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, StageState, void> {
  refuseFlags(instruction);
  const command = runCommand(instruction, state.config, run.file.text);
  const cwd = state.config.WorkingDir || "/";
  const lookup = lookupIn(envMap(state.config.Env), state.args);
  const networkMode = networkOf(run, instruction, lookup);
  const mounts: PlacedMount[] = [];
  for (const flag of instruction.flags) {
    if (flag.name !== "mount") continue;
    const value = expand(flag.value ?? "", lookup, { escape: run.file.escape });
    const mount = parseRunMount(flag, value, cwd);
    if (mount !== undefined) mounts.push(yield* placeMount(run, instruction.stage, mount, signal));
  }
  const args = argsInEffect(run, state);
  const inputs = [
    "RUN",
    command,
    args.filter((entry) => !isProxyArg(entry.slice(0, entry.indexOf("=")))),
    networkMode,
    mounts.map(({ identity }) => identity),
  ];
  const createdBy = printCommand(command, args);
  const details = { command, args, cwd, networkMode, mounts };
  const work = (layer: OpenLayer) => runInLayer(run, state, details, layer, signal);
  return yield* layerStep(run, state, { inputs, createdBy }, work, signal);
}

interface RunDetails {
  readonly command: RunCommand;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly networkMode: string;
  readonly mounts: readonly PlacedMount[];
}

async function* runInLayer(
  run: BuildRun,
  state: StageState,
  { command, args, cwd, networkMode, mounts }: RunDetails,
  layer: OpenLayer,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, void, void> {
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
    env: [...args, ...(state.config.Env ?? [])],
    cwd,
    user: state.config.User ?? "",
    networkMode,
    mounts: [...mounts.flatMap((mount) => opened.get(mount) ?? []), ...scripts],
    hostname: id.slice(0, 12),
    extraHosts,
    ...(shmSizeBytes === undefined ? {} : { shmSizeBytes }),
  };
  yield { stream: ` ---> Running in ${id.slice(0, 12)}\n` };
  const code = yield* runStep(run.steps, request, signal);
  if (code !== 0) {
    const line = command.args.join(" ");
    throw new StepFailure(`The command '${line}' returned a non-zero code: ${code}`, code);
  }
  yield { stream: ` ---> Removed intermediate container ${id.slice(0, 12)}\n` };
}

/** Declared arguments with a value that ENV does not hide, and proxies, as `NAME=value`, sorted. */
function argsInEffect(run: BuildRun, state: StageState): string[] {
  const env = envMap(state.config.Env);
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(run.request.buildArgs)) {
    if (isProxyArg(name) && value !== null) values.set(name, value);
  }
  for (const [name, value] of state.args) if (value !== undefined) values.set(name, value);
  return [...values]
    .filter(([name]) => !env.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .sort();
}

/** As classic history has it: the arguments in effect first, `|COUNT a=b …`. */
function printCommand({ args: words }: RunCommand, args: readonly string[]): string {
  const shown = args.filter((entry) => !isProxyArg(entry.slice(0, entry.indexOf("="))));
  return [...(shown.length === 0 ? [] : [`|${shown.length}`, ...shown]), ...words].join(" ");
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

async function* placeMount(
  run: BuildRun,
  stage: number,
  mount: RunMount,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, PlacedMount, void> {
  const { target } = mount;
  switch (mount.type) {
    case "tmpfs": {
      const made = { type: "tmpfs", source: "", target, readOnly: false } as const;
      return { order: "", open: async () => made, identity: ["tmpfs", target] };
    }
    case "cache": {
      const seed =
        mount.from === undefined
          ? undefined
          : await findMounted(yield* sourceRoot(run, stage, mount.from, signal), mount.source);
      const open = async (held: AsyncDisposableStack, signal: AbortSignal): Promise<StepMount> => {
        const { source } = held.use(await run.cacheMounts.take(mount, seed, signal));
        return { type: "bind", source, target, readOnly: mount.readOnly };
      };
      return { order: mount.id, open, identity: ["cache", target, mount.id] };
    }
    case "bind": {
      const root =
        mount.from === undefined ? run.context.root : yield* sourceRoot(run, stage, mount.from, signal);
      const place = await findMounted(root, mount.source);
      const digest = await digestTree(place.hostPath, "include", signal);
      const open = async (_: AsyncDisposableStack, signal: AbortSignal): Promise<StepMount> => {
        const source = mount.isWritable ? await writableCopy(run, place, signal) : place.hostPath;
        return { type: "bind", source: toText(source), target, readOnly: !mount.isWritable };
      };
      return { order: "", open, identity: ["bind", target, mount.isWritable, digest] };
    }
  }
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
