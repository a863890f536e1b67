import { randomBytes } from "node:crypto";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgressMessage } from "../../api/types/image.ts";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import type { RunInstruction } from "../../model/dockerfile/types.ts";
import type { StepMount, StepRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildRun } from "./build-run.ts";
import { onDisk, toBytes, toText } from "./byte-path.ts";
import { sourceRoot } from "./copy-step.ts";
import { holdLock } from "./hold-lock.ts";
import { resolveInRoot } from "./in-root.ts";
import { stepKey } from "./layer-cache.ts";
import { layerStep } from "./layer-step.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { parseRunMount, type RunMount } from "./run-mounts.ts";
import { runStep } from "./run-step.ts";
import type { StageState } from "./stage-state.ts";
import { digestTree } from "./tree-walk.ts";
import { envMap, expand, isProxyArg, lookupIn } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

/** A mount with its place on the host, and what of it counts for the cache. */
interface PlacedMount {
  readonly mount: StepMount;
  readonly identity: readonly unknown[];
  /** Key of a cache that one step at a time may use. */
  readonly lock?: string;
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
  await using locks = new AsyncDisposableStack();
  // Always in one order, so that two steps cannot wait for each other.
  const keys = new Set(mounts.flatMap(({ lock }) => lock ?? []));
  for (const key of [...keys].sort()) locks.use(await holdLock(run.cacheMounts, key, signal));
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
    mounts: [...mounts.map(({ mount }) => mount), ...scripts],
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
    throw new EngineError("not-implemented", `RUN --${flag.name}=${flag.value ?? ""} is not implemented`);
  }
}

async function* placeMount(
  run: BuildRun,
  stage: number,
  mount: RunMount,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, PlacedMount, void> {
  switch (mount.type) {
    case "tmpfs":
      return {
        mount: { type: "tmpfs", source: "", target: mount.target, readOnly: false },
        identity: ["tmpfs", mount.target],
      };
    case "cache": {
      const source = join(run.root, "build", "mounts", stepKey("cache mount", [mount.id]));
      if ((await mkdir(source, { recursive: true })) !== undefined) {
        await chown(source, mount.uid, mount.gid);
        await chmod(source, mount.mode);
      }
      return {
        mount: { type: "bind", source, target: mount.target, readOnly: mount.readOnly },
        identity: ["cache", mount.target, mount.id],
        ...(mount.isLocked ? { lock: mount.id } : {}),
      };
    }
    case "bind": {
      const root =
        mount.from === undefined ? run.context.root : yield* sourceRoot(run, stage, mount.from, signal);
      const place = await resolveInRoot(root, toBytes(mount.source));
      if (place.kind === "missing") {
        throw new EngineError("invalid-argument", `RUN --mount=type=bind: "${mount.source}" does not exist`);
      }
      return {
        mount: { type: "bind", source: toText(place.hostPath), target: mount.target, readOnly: true },
        identity: ["bind", mount.target, await digestTree(place.hostPath, "include", signal)],
      };
    }
  }
}

async function placeScript(run: BuildRun, path: string, content: string): Promise<StepMount> {
  const source = run.workspace.newPath("script");
  await writeFile(onDisk(source), content, { mode: 0o755 });
  await chmod(onDisk(source), 0o755);
  return { type: "bind", source: toText(source), target: path, readOnly: true };
}
