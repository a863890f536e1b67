import type { Definition } from "./definition.ts";
import type { NewImage } from "./ports.ts";
import type { Solution } from "./solution.ts";

/** The image of a finished stage. The labels of the build request are set as a last LABEL would set them. */
export function newImage(
  definition: Definition,
  solution: Solution,
  labels: Readonly<Record<string, string>>,
): NewImage {
  const { base, config } = definition;
  const Labels = { ...config.Labels, ...labels };
  const labelled =
    Object.keys(labels).length === 0 ? definition : { ...definition, config: { ...config, Labels } };
  return { base, layers: solution.layers, config: imageConfig(labelled, solution) };
}

/**
 * The image's config without `rootfs`; `history` has the steps on top of the base. Source: OCI image-spec v1.1, config.md.
 */
function imageConfig(definition: Definition, solution: Solution): Readonly<Record<string, unknown>> {
  const { os, architecture, variant } = definition.platform;
  return {
    created: solution.created,
    ...(definition.author === undefined ? {} : { author: definition.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: Object.fromEntries(
      Object.entries(definition.config).filter(([, value]) => value !== undefined && value !== null),
    ),
    history: solution.history,
  };
}
