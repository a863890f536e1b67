import type { Service } from "../model/compose/types.ts";
import { observe } from "./observe.ts";
import type { Plan } from "./plan.ts";
import { type ImageOptions, planImages } from "./plan-images.ts";
import { reconcileUp, type UpOptions } from "./reconcile-up.ts";
import { type ComposeSession, carryOut, requireEngine } from "./session.ts";

export interface UpRequest {
  readonly images: ImageOptions;
  readonly containers: UpOptions;
}

/** What `up` would do now. Images come first: what a pull or build changes is only known afterwards. */
export async function planUp(
  session: ComposeSession,
  services: readonly Service[],
  request: UpRequest,
  signal: AbortSignal,
): Promise<Plan> {
  await requireEngine(session, services, signal);
  const observed = await observe(session.client, session.project, signal);
  const images = planImages(session.project, services, observed, request.images);
  const containers = reconcileUp(session.project, services, observed, request.containers);
  return {
    steps: [...images.steps, ...containers.steps],
    warnings: [...images.warnings, ...containers.warnings],
  };
}

/** Brings the services up: images, then networks, volumes and containers. Returns when all are started. */
export async function up(
  session: ComposeSession,
  services: readonly Service[],
  request: UpRequest,
  signal: AbortSignal,
): Promise<void> {
  const { client, project } = session;
  await requireEngine(session, services, signal);
  const before = await observe(client, project, signal);
  const images = planImages(project, services, before, request.images);
  await carryOut(session, images, before, signal);
  const observed = images.steps.length === 0 ? before : await observe(client, project, signal);
  const plan = reconcileUp(project, services, observed, request.containers);
  await carryOut(session, plan, observed, signal);
}
