import type { Project, Service } from "../model/compose/types.ts";
import { ComposeError } from "./compose-error.ts";
import { imageName } from "./names.ts";
import type { Observed } from "./observe.ts";
import type { Operation, Plan, Step } from "./plan.ts";

export interface ImageOptions {
  /** Build every service that can be built, whether its image exists or not. */
  readonly build: boolean;
  /** Overrides every service's own policy. */
  readonly pull?: "always" | "missing" | "never";
}

/** Decides which images must be built or pulled before containers can be made. Throws ComposeError where policy forbids what is needed. */
export function planImages(
  project: Project,
  services: readonly Service[],
  observed: Observed,
  options: ImageOptions,
): Plan {
  const steps = new Map<string, Step>();
  for (const service of services) {
    const image = imageName(project, service);
    const operation = imageOperation(service, image, observed.images.has(image), options);
    if (operation === undefined || (steps.has(image) && operation.op === "pull-image")) continue;
    steps.set(image, { id: `image:${image}`, operation, after: [] });
  }
  return { steps: [...steps.values()], warnings: [] };
}

function imageOperation(
  service: Service,
  image: string,
  exists: boolean,
  options: ImageOptions,
): Operation | undefined {
  const policy = options.pull ?? service.pullPolicy ?? "missing";
  if (service.build !== undefined) {
    const base = { op: "build-image", service: service.name, image } as const;
    if (options.build) return { ...base, cause: "asked for with --build" };
    if (service.pullPolicy === "build") return { ...base, cause: "pull_policy is build" };
    if (!exists) return { ...base, cause: "the image does not exist" };
    return undefined;
  }
  const base = { op: "pull-image", service: service.name, image } as const;
  if (policy === "always") return { ...base, cause: "pull policy is always" };
  if (exists) return undefined;
  if (policy === "never") {
    throw new ComposeError(
      `service "${service.name}" needs image "${image}": it is not there, and the pull policy is never`,
    );
  }
  if (policy === "build") {
    throw new ComposeError(`service "${service.name}" has pull_policy build and no build section`);
  }
  return { ...base, cause: "the image is not there" };
}
