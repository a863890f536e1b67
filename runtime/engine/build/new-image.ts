import type { StageState } from "./stage-state.ts";

/** The labels of the build request, as a last LABEL would set them. */
export function applyLabels(state: StageState, labels: Readonly<Record<string, string>>): StageState {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return state;
  const text = pairs.map(([name, value]) => `${name}=${value}`).join(" ");
  const created_by = `/bin/sh -c #(nop)  LABEL ${text}`;
  return {
    ...state,
    config: { ...state.config, Labels: { ...state.config.Labels, ...labels } },
    history: [...state.history, { created: state.created, created_by, empty_layer: true }],
  };
}

/**
 * The image's config without `rootfs`; `history` has the steps on top of the base. Source: OCI image-spec v1.1, config.md.
 */
export function imageConfig(state: StageState): Readonly<Record<string, unknown>> {
  const { os, architecture, variant } = state.platform;
  return {
    created: state.created,
    ...(state.author === undefined ? {} : { author: state.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: Object.fromEntries(
      Object.entries(state.config).filter(([, value]) => value !== undefined && value !== null),
    ),
    history: state.history,
  };
}
