import type { Service } from "../model/compose/types.ts";
import { imageName } from "./names.ts";
import { observe } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { type BuildChoices, type ComposeSession, carryOut } from "./session.ts";

/** What `build` would do: every service that has a build section. */
export function planBuild(session: ComposeSession, services: readonly Service[]): Plan {
  const steps = services
    .filter((service) => service.build !== undefined)
    .map((service) => {
      const image = imageName(session.project, service);
      return {
        id: `build:${service.name}`,
        operation: {
          op: "build-image",
          service: service.name,
          image,
          cause: "asked for with build",
        } as const,
        after: [],
      };
    });
  return { steps, warnings: [] };
}

/** Builds the images of the services. */
export async function build(
  session: ComposeSession,
  services: readonly Service[],
  choices: BuildChoices,
  signal: AbortSignal,
): Promise<void> {
  const observed = await observe(session.client, session.project, signal);
  await carryOut(session, planBuild(session, services), observed, signal, choices);
}
