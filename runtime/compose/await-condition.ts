import type { EngineClient } from "../api/engine-client.ts";
import type { ContainerInspect } from "../api/types/container.ts";
import type { DependencyCondition } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { lastLogLines } from "./log-lines.ts";

/** How a container stands to a condition. */
export type Verdict =
  | { readonly verdict: "met" }
  | { readonly verdict: "waiting" }
  | { readonly verdict: "failed"; readonly why: string };

/** Whether a container is healthy or has completed, might still be, or cannot be any more. */
export function judge(condition: DependencyCondition, container: ContainerInspect): Verdict {
  const { State: state } = container;
  const hasEnded = state.Status === "exited" || state.Status === "dead";
  switch (condition) {
    case "service_started":
      return { verdict: "met" };
    case "service_completed_successfully":
      if (!hasEnded) return { verdict: "waiting" };
      return state.ExitCode === 0
        ? { verdict: "met" }
        : { verdict: "failed", why: `exited with code ${state.ExitCode}` };
    case "service_healthy": {
      if (hasEnded)
        return { verdict: "failed", why: `exited with code ${state.ExitCode} before it was healthy` };
      const health = state.Health;
      if (health === undefined || health.Status === "none")
        return { verdict: "failed", why: "has no health check" };
      if (health.Status === "healthy") return { verdict: "met" };
      if (health.Status !== "unhealthy") return { verdict: "waiting" };
      const last = health.Log?.at(-1);
      const output =
        last === undefined ? "" : `: its check exited ${last.ExitCode}: ${last.Output.trim().slice(-500)}`;
      return { verdict: "failed", why: `is unhealthy${output}` };
    }
  }
}

/** Long enough for every check the container's configuration allows to fail, and a minute. */
export function waitLimitMs(condition: DependencyCondition, container: ContainerInspect): number {
  if (condition !== "service_healthy") return 3_600_000;
  const health = container.Config.Healthcheck;
  const ms = (nanoseconds: number | undefined, fallback: number): number =>
    nanoseconds ? nanoseconds / 1e6 : fallback;
  const round = ms(health?.Interval, 30_000) + ms(health?.Timeout, 30_000);
  return ms(health?.StartPeriod, 0) + ((health?.Retries || 3) + 1) * round + 60_000;
}

/**
 * Returns when the container meets the condition; throws ComposeError with its last log lines when it cannot, or when
 * the limit has passed. Waits on the event stream, which is asked for everything since the container was made (in the
 * engine's own time), so that nothing between looking and listening is missed.
 */
export async function awaitCondition(
  client: EngineClient,
  id: string,
  condition: DependencyCondition,
  signal: AbortSignal,
): Promise<void> {
  const first = await client.containers.inspect(id, signal);
  const limitMs = waitLimitMs(condition, first);
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    if (await settled(client, first, condition, signal)) return;
    const since = Math.floor(Date.parse(first.Created) / 1000);
    const filters = { type: ["container"], container: [first.Id] };
    for await (const event of client.system.events({ since, filters }, either)) {
      if (!/^(health_status|die|stop|kill|start|destroy)/.test(event.Action)) continue;
      if (await settled(client, await client.containers.inspect(id, either), condition, either)) return;
    }
    throw new ComposeError(`the engine ended its event stream while waiting for container ${nameOf(first)}`);
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const logs = await lastLogLines(client, first.Id, 10, signal);
    const seconds = Math.round(limitMs / 1000);
    throw new ComposeError(
      `container ${nameOf(first)} did not get ready within ${seconds} seconds (${condition})${logs}`,
    );
  }
}

async function settled(
  client: EngineClient,
  container: ContainerInspect,
  condition: DependencyCondition,
  signal: AbortSignal,
): Promise<boolean> {
  const verdict = judge(condition, container);
  if (verdict.verdict !== "failed") return verdict.verdict === "met";
  const logs = await lastLogLines(client, container.Id, 10, signal);
  throw new ComposeError(`container ${nameOf(container)} ${verdict.why}${logs}`);
}

function nameOf(container: ContainerInspect): string {
  return container.Name.replace(/^\//, "");
}
