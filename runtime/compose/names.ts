import type { Project, Service } from "../model/compose/types.ts";

/** The name of a service's container: `PROJECT-SERVICE-NUMBER`, or the one the file gives. */
export function containerName(project: Project, service: Service, number: number): string {
  return service.containerName ?? `${project.name}-${service.name}-${number}`;
}

/** The image a service runs: the one it names, or the one its build makes. */
export function imageName(project: Project, service: Service): string {
  return service.image ?? `${project.name}-${service.name}`;
}

/** Whether a volume's name was made up by the engine: 64 hexadecimal digits. */
export function isAnonymous(volume: string): boolean {
  return /^[0-9a-f]{64}$/.test(volume);
}
