import type { DistributionInspect, RegistryAuth } from "../../api/types/image.ts";
import type { Reference } from "../../model/reference.ts";
import { EngineError } from "../error.ts";
import { parseConfig } from "../registry/manifest.ts";
import type { Registry } from "../registry/registry.ts";

/** `GET /distribution/{name}/json`: what a registry has under a name; nothing is kept. */
export async function describeDistribution(
  registry: Registry,
  reference: Reference,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<DistributionInspect> {
  const { fetched, repository } = await registry.resolve(reference, auth, signal);
  const { digest, mediaType, bytes, manifest } = fetched;
  const Descriptor = { mediaType, digest, size: bytes.length };
  if (manifest.kind === "index") {
    const platforms = manifest.manifests.flatMap(({ platform }) =>
      platform === undefined ? [] : [platform],
    );
    return { Descriptor, Platforms: platforms };
  }
  const config = parseConfig(
    JSON.parse((await repository.fetchDocument(manifest.config, signal)).toString()),
  );
  const { os, architecture, variant } = config;
  return { Descriptor, Platforms: [{ os, architecture, ...(variant === undefined ? {} : { variant }) }] };
}

/** The registry a login names: `https://index.docker.io/v1/`, `127.0.0.1:5000`. Throws `invalid-argument`. */
export function registryDomain(serverAddress: string | undefined): string {
  if (serverAddress === undefined || serverAddress === "") return "docker.io";
  const host = serverAddress.replace(/^https?:\/\//, "").replace(/\/.*$/s, "");
  if (!/^(?:\[[0-9a-f:]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/i.test(host)) {
    throw new EngineError(
      "invalid-argument",
      `${JSON.stringify(serverAddress.slice(0, 200))} is not the address of a registry`,
    );
  }
  const isHub = ["index.docker.io", "docker.io", "registry-1.docker.io", "hub.docker.com"].includes(host);
  return isHub ? "docker.io" : host;
}
