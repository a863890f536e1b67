import { randomBytes } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import type { Lookup } from "../../model/dockerfile/expand.ts";
import type { RunInstruction } from "../../model/dockerfile/types.ts";
import type { StepMount, StepRequest } from "../container/ports.ts";
import { EngineError } from "../error.ts";
import type { BuildRun, StepScope } from "./build-run.ts";
import { onDisk, toText } from "./byte-path.ts";
import type { Definition, StepPlan, StepReport } from "./definition.ts";
import { StepFailure } from "./locate-error.ts";
import { type OpenedMount, type PlacedMount, placeMount } from "./place-mount.ts";
import { type RunCommand, runCommand } from "./run-command.ts";
import { parseRunMount } from "./run-mounts.ts";
import { runStep } from "./run-step.ts";
import { expand, lookupIn, proxyVariables } from "./variables.ts";
import type { OpenLayer } from "./workspace.ts";

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
    mounts.push(await placeMount(scope, instruction.stage, parseRunMount(value, cwd)));
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
  const opened = new Map<PlacedMount, OpenedMount>();
  for (const mount of mounts.toSorted((a, b) => (a.order < b.order ? -1 : 1))) {
    opened.set(mount, await mount.open(held, signal));
  }
  const id = randomBytes(32).toString("hex");
  const { script } = command;
  const scripts = script === undefined ? [] : [await placeScript(run, script.path, script.content)];
  const { shmSizeBytes, extraHosts, limits } = run.request;
  const inOrder = mounts.flatMap((mount) => opened.get(mount) ?? []);
  const request: StepRequest = {
    id,
    rootfs: layer.target,
    args: command.args,
    env: [...env, ...inOrder.flatMap((each) => each.env ?? [])],
    cwd,
    user: before.config.User ?? "",
    networkMode,
    mounts: [...inOrder.flatMap(({ mount }) => mount ?? []), ...scripts],
    hostname: id.slice(0, 12),
    extraHosts,
    limits,
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

async function placeScript(run: BuildRun, path: string, content: string): Promise<StepMount> {
  const source = run.workspace.newPath("script");
  await writeFile(onDisk(source), content, { mode: 0o755 });
  await chmod(onDisk(source), 0o755);
  return { type: "bind", source: toText(source), target: path, readOnly: true };
}
