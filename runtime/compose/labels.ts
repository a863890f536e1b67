import type { Project, Service } from "../model/compose/types.ts";

/** The labels by which Docker Compose knows its own: the same ones, so that either finds what the other made. */
export const label = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  oneOff: "com.docker.compose.oneoff",
  configHash: "com.docker.compose.config-hash",
  image: "com.docker.compose.image",
  dependsOn: "com.docker.compose.depends_on",
  configFiles: "com.docker.compose.project.config_files",
  workingDirectory: "com.docker.compose.project.working_dir",
  version: "com.docker.compose.version",
  network: "com.docker.compose.network",
  volume: "com.docker.compose.volume",
} as const;

/** The version of Docker Compose whose labels these are; tools that read labels ask for 2 or newer. */
const LABEL_VERSION = "2.0.0";

export interface ContainerIdentity {
  readonly number: number;
  readonly oneOff: boolean;
  readonly configHash: string;
  readonly imageId: string;
}

/** The labels of a service's container, its own included. */
export function containerLabels(
  project: Project,
  service: Service,
  identity: ContainerIdentity,
): Readonly<Record<string, string>> {
  const dependsOn = [...service.dependsOn].map(
    ([name, dependency]) => `${name}:${dependency.condition}:${dependency.restart}`,
  );
  return {
    ...service.labels,
    [label.project]: project.name,
    [label.service]: service.name,
    [label.number]: String(identity.number),
    // Capitalised since Docker Compose was written in Python.
    [label.oneOff]: identity.oneOff ? "True" : "False",
    [label.configHash]: identity.configHash,
    [label.image]: identity.imageId,
    [label.dependsOn]: dependsOn.join(","),
    [label.configFiles]: project.files.join(","),
    [label.workingDirectory]: project.directory,
    [label.version]: LABEL_VERSION,
  };
}

/** The labels of a network or volume of the project. */
export function resourceLabels(
  project: Project,
  kind: "network" | "volume",
  key: string,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return { ...own, [label[kind]]: key, [label.project]: project.name, [label.version]: LABEL_VERSION };
}
