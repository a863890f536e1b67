import type { Definition } from "./definition.ts";
import type { NewImage } from "./ports.ts";
import type { HistoryEntry, Solution } from "./solution.ts";

/** The image of a finished stage. The labels of the build request are set as a last LABEL would set them. */
export function newImage(
  definition: Definition,
  solution: Solution,
  labels: Readonly<Record<string, string>>,
): NewImage {
  const { base, layers } = { base: definition.base, layers: solution.layers };
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return { base, layers, config: imageConfig(definition, solution) };
  const text = pairs.map(([name, value]) => `${name}=${value}`).join(" ");
  const labelled: HistoryEntry = {
    created: solution.created,
    created_by: `/bin/sh -c #(nop)  LABEL ${text}`,
    empty_layer: true,
  };
  const { config } = definition;
  const withLabels = { ...definition, config: { ...config, Labels: { ...config.Labels, ...labels } } };
  const history = [...solution.history, labelled];
  return { base, layers, config: imageConfig(withLabels, { ...solution, history }) };
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
