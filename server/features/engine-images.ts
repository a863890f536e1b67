import type { EngineImage } from "../../runtime/model/engine-facts.ts";
import { parseReference } from "../../runtime/model/reference.ts";
import { printAge, printBytes } from "./print.ts";

/** What engines know of the image a file names, as markdown; undefined when none has it. `now` is Unix time in seconds. */
export function imageMarkdown(
  reference: string,
  images: readonly EngineImage[],
  now: number,
): string | undefined {
  const wanted = normalName(reference);
  if (wanted === undefined) return undefined;
  const lines = images
    .filter(
      ({ name, digest }) =>
        normalName(name) === wanted || (digest !== undefined && reference.endsWith(digest)),
    )
    .map(({ engine, sizeBytes, createdUnixSeconds, digest }) => {
      const made = `made ${printAge(now - createdUnixSeconds)} ago`;
      return `In **${engine}**: ${printBytes(sizeBytes)}, ${made}${digest === undefined ? "" : `\n\n\`${digest}\``}`;
    });
  return lines.length === 0 ? undefined : lines.join("\n\n");
}

/** Names to offer where an image is wanted: those that engines have, newest first, without the tag nobody writes. */
export function offeredImages(images: readonly EngineImage[]): readonly { name: string; detail: string }[] {
  const newest = [...images].sort((one, other) => other.createdUnixSeconds - one.createdUnixSeconds);
  const offered = new Map<string, string>();
  for (const { name, engine, sizeBytes } of newest) {
    if (!offered.has(name)) offered.set(name, `${printBytes(sizeBytes)} in ${engine}`);
  }
  return [...offered].map(([name, detail]) => ({ name, detail }));
}

/** `nginx` and `docker.io/library/nginx:latest` are one name. */
function normalName(text: string): string | undefined {
  const { reference } = parseReference(text);
  if (reference === undefined) return undefined;
  const { domain, path, tag, digest } = reference;
  return `${domain}/${path}${digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`}`;
}
