import type { ResolvedImage } from "../image/resolved.ts";
import type { BuildRun } from "./build-run.ts";
import type { StepReport } from "./definition.ts";

/** An image that a FROM or `--from` names; pulled when it is missing or when that was asked for. */
export async function resolveImage(
  run: BuildRun,
  reference: string,
  platform: string | undefined,
  report: StepReport,
  signal: AbortSignal,
): Promise<ResolvedImage> {
  const { pull, auth } = run.request;
  const options = { pull, platform: platform ?? run.request.platform, auth };
  return await run.images.ensure(reference, options, (line) => report.note(line), signal);
}
