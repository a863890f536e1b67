import type { Command } from "./run.ts";

/** The commands of an OCI runtime (crun or runc) on a container that exists. Source: OCI runtime-spec, crun(1). */

export function startCreated(runtime: string, id: string): Command<void> {
  return { argv: [runtime, "start", id], parse: () => {} };
}

/** Sends a signal to the container's first process. */
export function killContainer(runtime: string, id: string, signalNumber: number): Command<void> {
  return { argv: [runtime, "kill", id, String(signalNumber)], parse: () => {} };
}

export function pauseContainer(runtime: string, id: string): Command<void> {
  return { argv: [runtime, "pause", id], parse: () => {} };
}

export function resumeContainer(runtime: string, id: string): Command<void> {
  return { argv: [runtime, "resume", id], parse: () => {} };
}

/** Removes what the runtime keeps of the container, and kills what is left of it. */
export function deleteContainer(runtime: string, id: string): Command<void> {
  return { argv: [runtime, "delete", "--force", id], parse: () => {} };
}

/** `resourcesPath` is a file with the runtime-spec's `linux.resources` as JSON. */
export function updateContainer(runtime: string, id: string, resourcesPath: string): Command<void> {
  return { argv: [runtime, "update", "--resources", resourcesPath, id], parse: () => {} };
}

export type RuntimeStatus = "creating" | "created" | "running" | "paused" | "stopped";

/** What the runtime says of a container; fails when it knows none of that id. */
export function containerState(
  runtime: string,
  id: string,
): Command<{ readonly status: RuntimeStatus; readonly pid: number }> {
  return {
    argv: [runtime, "state", id],
    parse: (text) => {
      const state = JSON.parse(text) as { status: RuntimeStatus; pid?: number };
      return { status: state.status, pid: state.pid ?? 0 };
    },
  };
}

/** Arguments that run a process without terminal in a running container; its spec is a file. */
export function execArguments(
  runtime: string,
  id: string,
  files: { readonly process: string; readonly pid: string },
  options: { readonly detach: boolean },
): [string, ...string[]] {
  return [
    ...([runtime, "exec", "--process", files.process, "--pid-file", files.pid] as const),
    ...(options.detach ? ["--detach"] : []),
    id,
  ];
}

/** Arguments that create, start, wait for and delete a container of `bundle` as direct child of the caller. */
export function runArguments(runtime: string, id: string, bundle: string): [string, ...string[]] {
  return [runtime, "run", "--bundle", bundle, id];
}
