import type { DependencyCondition } from "../model/compose/types.ts";
import type { InheritedVolume } from "./request-options.ts";

interface ContainerOperation {
  readonly service: string;
  readonly name: string;
}

/** One thing to do; every reason a user may ask about is in `cause`. */
export type Operation = { readonly cause: string } & (
  | { readonly op: "pull-image"; readonly service: string; readonly image: string }
  | { readonly op: "build-image"; readonly service: string; readonly image: string }
  | { readonly op: "create-network"; readonly key: string; readonly name: string }
  | { readonly op: "create-volume"; readonly key: string; readonly name: string }
  | (ContainerOperation & { readonly op: "create-container"; readonly number: number })
  | (ContainerOperation & {
      readonly op: "recreate-container";
      readonly number: number;
      readonly id: string;
      readonly inheritedVolumes: readonly InheritedVolume[];
      readonly timeoutSeconds?: number;
    })
  | (ContainerOperation & { readonly op: "start-container"; readonly number: number })
  | (ContainerOperation & {
      readonly op: "restart-container";
      readonly id: string;
      readonly timeoutSeconds?: number;
    })
  | (ContainerOperation & {
      readonly op: "stop-container";
      readonly id: string;
      readonly timeoutSeconds?: number;
    })
  | (ContainerOperation & {
      readonly op: "remove-container";
      readonly id: string;
      readonly removeVolumes: boolean;
    })
  | {
      readonly op: "await-condition";
      /** Who starts only then. */
      readonly dependents: readonly string[];
      readonly dependency: string;
      readonly condition: DependencyCondition;
      readonly required: boolean;
    }
  | { readonly op: "remove-network"; readonly name: string }
  | { readonly op: "remove-volume"; readonly name: string }
);

/** An operation and the steps that must have ended well before it starts. */
export interface Step {
  readonly id: string;
  readonly operation: Operation;
  readonly after: readonly string[];
}

/** What a command is going to do. Steps stand in an order that respects `after`. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
}

/** The plan as text, one line per step: what `--dry-run` shows. */
export function printPlan(plan: Plan): string {
  if (plan.steps.length === 0) return "nothing to do\n";
  return plan.steps.map((step) => `${printOperation(step.operation)}  (${step.operation.cause})\n`).join("");
}

/** One operation in words. */
export function printOperation(operation: Operation): string {
  switch (operation.op) {
    case "pull-image":
      return `pull image ${operation.image}`;
    case "build-image":
      return `build image ${operation.image}`;
    case "create-network":
      return `create network ${operation.name}`;
    case "create-volume":
      return `create volume ${operation.name}`;
    case "create-container":
      return `create container ${operation.name}`;
    case "recreate-container":
      return `recreate container ${operation.name}`;
    case "start-container":
      return `start container ${operation.name}`;
    case "restart-container":
      return `restart container ${operation.name}`;
    case "stop-container":
      return `stop container ${operation.name}`;
    case "remove-container":
      return `remove container ${operation.name}${operation.removeVolumes ? " and its anonymous volumes" : ""}`;
    case "await-condition":
      return `wait until ${operation.dependency} is ${CONDITION_WORDS[operation.condition]}`;
    case "remove-network":
      return `remove network ${operation.name}`;
    case "remove-volume":
      return `remove volume ${operation.name}`;
  }
}

const CONDITION_WORDS: Readonly<Record<DependencyCondition, string>> = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
};
