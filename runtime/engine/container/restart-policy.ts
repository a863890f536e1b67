import type { RestartPolicy } from "../../api/types/container.ts";

const firstDelayMs = 100;
const longestDelayMs = 60_000;
const steadyMs = 10_000;

/** Does a policy bring a container back after an end by itself with this code? */
export function wantsRestart(
  policy: RestartPolicy | undefined,
  end: { readonly exitCode: number; readonly restartCount: number; readonly stoppedByUser: boolean },
): boolean {
  if (end.stoppedByUser) return false;
  switch (policy?.Name) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure": {
      const most = policy.MaximumRetryCount ?? 0;
      return end.exitCode !== 0 && (most === 0 || end.restartCount < most);
    }
    default:
      return false;
  }
}

/** Docker's back-off: 100 ms, doubled each time up to a minute, from the start again after a run of 10 s. */
export function restartDelayMs(previousMs: number, ranMs: number): number {
  if (previousMs === 0 || ranMs >= steadyMs) return firstDelayMs;
  return Math.min(previousMs * 2, longestDelayMs);
}
