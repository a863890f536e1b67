import type { Command } from "./run.ts";
import type { OciRuntime } from "./usable-runtime.ts";

/** The commands of an OCI runtime (crun or runc) on a container that exists. Source: OCI runtime-spec, crun(1). */

export function startCreated(runtime: OciRuntime, id: string): Command<void> {
  return { ...reaching(runtime, "start", id), parse: () => {} };
}

/** Sends a signal to the container's first process. */
export function killContainer(runtime: OciRuntime, id: string, signalNumber: number): Command<void> {
  return { ...reaching(runtime, "kill", id, String(signalNumber)), parse: () => {} };
}

export function pauseContainer(runtime: OciRuntime, id: string): Command<void> {
  return { ...reaching(runtime, "pause", id), parse: () => {} };
}

export function resumeContainer(runtime: OciRuntime, id: string): Command<void> {
  return { ...reaching(runtime, "resume", id), parse: () => {} };
}

/** Removes what the runtime keeps of the container, and kills what is left of it. */
export function deleteContainer(runtime: OciRuntime, id: string): Command<void> {
  return { ...reaching(runtime, "delete", "--force", id), parse: () => {} };
}

/** `resourcesPath` is a file with the runtime-spec's `linux.resources` as JSON. */
export function updateContainer(runtime: OciRuntime, id: string, resourcesPath: string): Command<void> {
  return { ...reaching(runtime, "update", "--resources", resourcesPath, id), parse: () => {} };
}

export type RuntimeStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** What the runtime says of a container; fails when it knows none of that id. */
export function containerState(
  runtime: OciRuntime,
  id: string,
): Command<{ readonly status: RuntimeStatus; readonly pid: number }> {
  return {
    ...reaching(runtime, "state", id),
    parse: (text) => {
      const state = JSON.parse(text) as { status: RuntimeStatus; pid?: number };
      return { status: state.status, pid: state.pid ?? 0 };
    },
  };
}

/** Runs a process without terminal in a running container, as child of the caller; its spec is a file. */
export function execProcess(
  runtime: OciRuntime,
  id: string,
  files: { readonly process: string; readonly pid: string },
): RuntimeCall {
  return reaching(runtime, "exec", "--process", files.process, "--pid-file", files.pid, id);
}

/** Creates, starts, waits for and deletes a container of `bundle`, as child of the caller. */
export function runContainer(runtime: OciRuntime, id: string, bundle: string): RuntimeCall {
  return { within: runtime.making, argv: [runtime.path, "run", "--bundle", bundle, id] };
}

type RuntimeCall = Pick<Command<unknown>, "within" | "argv">;

function reaching(runtime: OciRuntime, ...args: readonly string[]): RuntimeCall {
  return { within: runtime.reaching, argv: [runtime.path, ...args] };
}
