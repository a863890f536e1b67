import { createHash } from "node:crypto";
import type { Project, Service } from "../model/compose/types.ts";

/** What does not make a container another one: where things are written, how its image comes to be, how many there are. */
const LEFT_OUT = new Set(["place", "profiles", "dependsOn", "build", "pullPolicy", "replicas", "unmodelled"]);

/** A digest of everything a service's container is made of; a container with another one is recreated. */
export function configHash(project: Project, service: Service): string {
  const networks = [...service.networks.keys()].map((key) => project.networks.get(key)?.name ?? key);
  const sources = [...service.secrets, ...service.configs].map((reference) => {
    const object = project.secrets.get(reference.source) ?? project.configs.get(reference.source);
    return object?.file ?? object?.content ?? object?.environment;
  });
  const volumes = service.volumes.map((mount) => {
    return mount.type === "volume" && mount.source !== undefined
      ? project.volumes.get(mount.source)?.name
      : undefined;
  });
  const text = JSON.stringify(canonical({ service, networks, sources, volumes }));
  return createHash("sha256").update(text).digest("hex");
}

/** Plain, sorted by key, without what is undefined. */
function canonical(value: unknown): unknown {
  if (value instanceof Map) return canonical(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, item]) => item !== undefined && !LEFT_OUT.has(key));
  return Object.fromEntries(
    entries
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, canonical(item)]),
  );
}
