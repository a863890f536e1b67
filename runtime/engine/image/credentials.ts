import type { RegistryAuth } from "../../api/types/image.ts";

/** Keys under which clients send what they know for Docker Hub in `X-Registry-Config`. */
const hubKeys = ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"];

/** The credentials for a registry among those a build brings along. */
export function credentialsFor(
  domain: string,
  auth: Readonly<Record<string, RegistryAuth>>,
): RegistryAuth | undefined {
  const keys = domain === "docker.io" ? hubKeys : [domain, `https://${domain}`, `http://${domain}`];
  const key = keys.find((each) => Object.hasOwn(auth, each));
  return key === undefined ? undefined : auth[key];
}
