import type { Health, HealthConfig, HealthLog } from "../../api/types/container.ts";
import { timestampNow } from "./clock.ts";
import type { ContainerRecord } from "./record.ts";
import { publishEvent, type Room } from "./room.ts";

/** Runs a check's command in the container; gives its code and the first 4 KiB of its output. */
export type Probe = (
  record: ContainerRecord,
  command: readonly string[],
  signal: AbortSignal,
) => Promise<{ readonly exitCode: number; readonly output: string }>;

/** Watches over running containers that have a health check. */
export interface HealthMonitor {
  readonly begin: (record: ContainerRecord) => void;
  readonly end: (record: ContainerRecord) => void;
}

const nanoPerMs = 1_000_000;
const keptResults = 5;
const maxOutput = 4096;

/** The command of a check; undefined when there is none. */
export function healthCommand(
  check: HealthConfig | undefined,
  shell: readonly string[] | null | undefined,
): readonly string[] | undefined {
  const [kind, ...rest] = check?.Test ?? [];
  if (kind === "CMD") return rest;
  if (kind === "CMD-SHELL")
    return [...(shell && shell.length > 0 ? shell : ["/bin/sh", "-c"]), rest.join(" ")];
  return undefined;
}

/** The next health after a result. Source: Docker's documentation of HEALTHCHECK. */
export function nextHealth(
  health: Health,
  result: HealthLog,
  rule: { readonly retries: number; readonly inStartPeriod: boolean },
): Health {
  const Log = [...health.Log, result].slice(-keptResults);
  if (result.ExitCode === 0) return { Status: "healthy", FailingStreak: 0, Log };
  // Failures while the container starts do not count, once it was healthy they do.
  if (rule.inStartPeriod && health.Status === "starting") return { ...health, Log };
  const FailingStreak = health.FailingStreak + 1;
  return { Status: FailingStreak >= rule.retries ? "unhealthy" : health.Status, FailingStreak, Log };
}

export function createHealthMonitor(room: Room, probe: Probe): HealthMonitor {
  const running = new Map<string, AbortController>();

  function begin(record: ContainerRecord): void {
    end(record);
    const { Healthcheck, Shell } = record.document.config;
    const command = healthCommand(Healthcheck, Shell);
    if (command === undefined || Healthcheck === undefined) return;
    const controller = new AbortController();
    running.set(record.id, controller);
    record.note({ health: { Status: "starting", FailingStreak: 0, Log: [] } });
    watchHealth(record, command, Healthcheck, AbortSignal.any([controller.signal, room.signal])).catch(
      (error) => {
        if (!controller.signal.aborted)
          room.log.error("health check failed to run", { id: record.id, error });
      },
    );
  }

  function end(record: ContainerRecord): void {
    running.get(record.id)?.abort();
    running.delete(record.id);
  }

  async function watchHealth(
    record: ContainerRecord,
    command: readonly string[],
    check: HealthConfig,
    signal: AbortSignal,
  ): Promise<void> {
    const intervalMs = (check.Interval || 30e9) / nanoPerMs;
    const startIntervalMs = (check.StartInterval || 5e9) / nanoPerMs;
    const startPeriodMs = (check.StartPeriod ?? 0) / nanoPerMs;
    const retries = check.Retries || 3;
    const startedMs = Date.now();
    const inStartPeriod = () =>
      Date.now() - startedMs < startPeriodMs && record.state.health?.Status === "starting";
    for (;;) {
      await pause(inStartPeriod() ? Math.min(startIntervalMs, intervalMs) : intervalMs, signal);
      if (signal.aborted) return;
      if (record.state.status === "paused") continue;
      const result = await runCheck(record, command, (check.Timeout || 30e9) / nanoPerMs, signal);
      if (signal.aborted || !record.isRunning) return;
      const before = record.state.health ?? { Status: "starting", FailingStreak: 0, Log: [] };
      const health = nextHealth(before, result, { retries, inStartPeriod: inStartPeriod() });
      record.note({ health });
      if (health.Status !== before.Status) publishEvent(room, record, `health_status: ${health.Status}`);
    }
  }

  async function runCheck(
    record: ContainerRecord,
    command: readonly string[],
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<HealthLog> {
    const Start = timestampNow();
    const timeout = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
    try {
      const { exitCode, output } = await probe(record, command, AbortSignal.any([signal, timeout]));
      return { Start, End: timestampNow(), ExitCode: exitCode, Output: output.slice(0, maxOutput) };
    } catch (error) {
      const Output = timeout.aborted
        ? `Health check exceeded timeout (${timeoutMs}ms)`
        : error instanceof Error
          ? error.message
          : String(error);
      return { Start, End: timestampNow(), ExitCode: -1, Output };
    }
  }

  return { begin, end };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done, { once: true });
  });
}
