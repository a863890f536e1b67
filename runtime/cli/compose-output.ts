import type { StepEvent } from "../compose/execute-plan.ts";
import type { Operation } from "../compose/plan.ts";
import type { ComposeOutput } from "../compose/session.ts";
import type { ComposeProblem } from "../model/compose/types.ts";

/** A command's words as lines of text on standard error. */
export function lineOutput(write: (text: string) => void): ComposeOutput {
  return {
    onStep: (event) => {
      const line = printStep(event);
      if (line !== undefined) write(`${line}\n`);
    },
    onProgress: (line) => write(`${line}\n`),
    onWarning: (line) => write(`warning: ${line}\n`),
  };
}

/** ` Container shop-web-1  Started`; undefined for what is not worth a line. */
export function printStep({ step, phase }: StepEvent): string | undefined {
  const [noun, name, doing, did] = words(step.operation);
  if (phase === "started") return ` ${noun} ${name}  ${doing}`;
  return ` ${noun} ${name}  ${phase === "done" ? did : "Failed"}`;
}

function words(operation: Operation): readonly [noun: string, name: string, doing: string, did: string] {
  switch (operation.op) {
    case "pull-image":
      return ["Image", operation.image, "Pulling", "Pulled"];
    case "build-image":
      return ["Image", operation.image, "Building", "Built"];
    case "create-network":
      return ["Network", operation.name, "Creating", "Created"];
    case "create-volume":
      return ["Volume", operation.name, "Creating", "Created"];
    case "create-container":
      return ["Container", operation.name, "Creating", "Created"];
    case "recreate-container":
      return ["Container", operation.name, "Recreate", "Recreated"];
    case "start-container":
      return ["Container", operation.name, "Starting", "Started"];
    case "restart-container":
      return ["Container", operation.name, "Restarting", "Restarted"];
    case "stop-container":
      return ["Container", operation.name, "Stopping", "Stopped"];
    case "remove-container":
      return ["Container", operation.name, "Removing", "Removed"];
    case "await-condition":
      return operation.condition === "service_healthy"
        ? ["Service", operation.dependency, "Waiting until healthy", "Healthy"]
        : ["Service", operation.dependency, "Waiting until completed", "Completed"];
    case "remove-network":
      return ["Network", operation.name, "Removing", "Removed"];
    case "remove-volume":
      return ["Volume", operation.name, "Removing", "Removed"];
  }
}

/** `FILE:LINE:COLUMN: severity: message (code)`, lines and columns from 1. */
export function printProblem(problem: ComposeProblem, text: string | undefined): string {
  const before = (text ?? "").slice(0, problem.range.start).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `${problem.file}:${before.length}:${column}: ${problem.severity}: ${problem.message} (${problem.code})\n`;
}
