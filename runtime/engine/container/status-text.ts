import type { StateDocument } from "./document.ts";

/** The text of `docker ps`: `Up 3 minutes (healthy)`, `Exited (7) 2 hours ago`. */
export function statusText(state: StateDocument, nowMs: number): string {
  switch (state.status) {
    case "created":
      return "Created";
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt, nowMs)} ago`;
    case "exited":
      return `Exited (${state.exitCode}) ${since(state.finishedAt, nowMs)} ago`;
    case "paused":
      return `Up ${since(state.startedAt, nowMs)} (Paused)`;
    case "running": {
      const health = state.health?.Status;
      const up = `Up ${since(state.startedAt, nowMs)}`;
      if (health === undefined || health === "none") return up;
      return `${up} (${health === "starting" ? "health: starting" : health})`;
    }
  }
}

function since(timestamp: string, nowMs: number): string {
  return printDuration(nowMs - Date.parse(timestamp));
}

/** Docker's words for a span of time. Source: go-units, HumanDuration. */
export function printDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.round(ms / 3_600_000);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}
