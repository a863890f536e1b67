import { ApiError } from "../api/api-error.ts";
import type { EngineClient } from "../api/engine-client.ts";
import type { BuildContext } from "./build-service.ts";
import { ComposeError } from "./compose-error.ts";

/** Pulls an image; progress that is a new word for a layer is told, byte counts are not. */
export async function pullImage(
  client: EngineClient,
  image: string,
  platform: string | undefined,
  output: BuildContext,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of client.images.pull(withTag(image), { platform }, signal)) {
      const isStep = message.status !== undefined && message.progressDetail?.total === undefined;
      if (isStep)
        output.progress(`${image}: ${message.id === undefined ? "" : `${message.id} `}${message.status}`);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new ComposeError(`cannot pull image ${image}: ${error.message}`, { cause: error });
  }
}

/** Without tag or digest the engine would pull every tag of the repository. */
function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return name.includes(":") || image.includes("@") ? image : `${image}:latest`;
}
