import type { ContainerIdentity } from "./labels.ts";

/** A volume of the container that is replaced, taken over by the new one. */
export interface InheritedVolume {
  readonly name: string;
  readonly target: string;
}

export interface RequestOptions {
  readonly identity: ContainerIdentity;
  readonly inheritedVolumes: readonly InheritedVolume[];
  /** The id of a service's first container, for namespaces and volumes shared with it. */
  readonly containerOf: (service: string) => string;
}
