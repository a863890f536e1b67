import type { ProgressMessage } from "../../api/types/image.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import type { BuildRun } from "./build-run.ts";
import { reporting } from "./message-queue.ts";

/** An image that a FROM or `--from` names; pulled when it is missing or when that was asked for. */
export async function* resolveImage(
  run: BuildRun,
  reference: string,
  platform: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ProgressMessage, ResolvedImage, void> {
  const { pull, auth } = run.request;
  return yield* reporting<ProgressMessage, ResolvedImage>((report) =>
    run.images.ensure(
      reference,
      { pull, platform: platform ?? run.request.platform, auth },
      (line) => report({ stream: line.endsWith("\n") ? line : `${line}\n` }),
      signal,
    ),
  );
}
