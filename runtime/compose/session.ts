import type { EngineClient } from "../api/engine-client.ts";
import type { Project, Service } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { selectServices } from "./dependency-order.ts";
import { checkEngineAge } from "./engine-age.ts";
import { Execution, executeStep } from "./execute-operation.ts";
import { executePlan, type StepEvent } from "./execute-plan.ts";
import type { Observed } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { checkSupport, type Support } from "./support.ts";

/** Where a command's words go. */
export interface ComposeOutput {
  /** A step of a plan began, ended or failed. */
  readonly onStep: (event: StepEvent) => void;
  /** A line of a pull or build. */
  readonly onProgress: (line: string) => void;
  readonly onWarning: (line: string) => void;
}

/** What every command works with. */
export interface ComposeSession {
  readonly client: EngineClient;
  readonly project: Project;
  /** For build arguments without value. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: ComposeOutput;
  /** At most so many steps at once. */
  readonly parallel: number;
}

/** The services named, all when none is, each after what it needs. Throws ComposeError for a name that is none, and for keys that cannot be carried out. */
export function chooseServices(
  session: ComposeSession,
  names: readonly string[],
  withDependencies: boolean,
): readonly Service[] {
  const { project } = session;
  for (const name of names) {
    if (project.services.has(name)) continue;
    const isDisabled = project.disabledServices.has(name);
    const profiles = project.disabledServices.get(name)?.profiles.join(", ");
    throw new ComposeError(
      isDisabled
        ? `service "${name}" is not enabled: activate one of its profiles (${profiles})`
        : `no such service: "${name}"`,
    );
  }
  const services = selectServices(project, names, withDependencies);
  obey(session, checkSupport(project, services));
  return services;
}

/** Tells what an engine of this age would pass over in silence. Throws ComposeError where something else would run. */
export async function requireEngine(
  session: ComposeSession,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  const { apiVersion } = await session.client.system.ping(signal);
  obey(session, checkEngineAge(services, apiVersion));
}

function obey(session: ComposeSession, { refusals, warnings }: Support): void {
  warnings.forEach(session.output.onWarning);
  if (refusals.length > 0) throw new ComposeError(refusals.join("\n"));
}

export interface BuildChoices {
  readonly noCache?: boolean;
  readonly pull?: boolean;
  readonly buildArgs?: Readonly<Record<string, string>>;
}

/** Carries a plan out. */
export async function carryOut(
  session: ComposeSession,
  plan: Plan,
  observed: Observed,
  signal: AbortSignal,
  choices: BuildChoices = {},
): Promise<Execution> {
  const { client, project, output, environment } = session;
  plan.warnings.forEach(output.onWarning);
  const words = { progress: output.onProgress, warn: output.onWarning, environment, ...choices };
  const execution = new Execution(client, project, observed, words);
  const options = { onEvent: output.onStep, parallel: session.parallel };
  await executePlan(plan, (step, stepSignal) => executeStep(execution, step, stepSignal), options, signal);
  return execution;
}
