import type { Fields } from "./fields.ts";
import type { Build, UnmodelledKey } from "./types.ts";

const UNMODELLED = [
  "additional_contexts",
  "cache_from",
  "cache_to",
  "entitlements",
  "isolation",
  "privileged",
  "provenance",
  "sbom",
  "secrets",
  "ssh",
  "ulimits",
];

/** Source: Compose specification, "Compose Build Specification". */
export function readBuild(fields: Fields): {
  readonly build: Build;
  readonly unmodelled: readonly UnmodelledKey[];
} {
  const build: Build = {
    context: fields.text("context") ?? "/",
    dockerfile: fields.text("dockerfile"),
    dockerfileInline: fields.text("dockerfile_inline"),
    args: fields.nullableMap("args"),
    labels: fields.map("labels"),
    target: fields.text("target"),
    network: fields.text("network"),
    noCache: fields.flag("no_cache") ?? false,
    pull: fields.flag("pull") ?? false,
    tags: fields.texts("tags"),
    platforms: fields.texts("platforms"),
    extraHosts: fields.texts("extra_hosts"),
    shmSizeBytes: fields.sizeBytes("shm_size"),
  };
  return { build, unmodelled: fields.finish(UNMODELLED, "build.") };
}
