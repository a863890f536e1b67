import type { Dockerfile } from "../../model/dockerfile/types.ts";
import type { BuildRequest } from "../http/backend.ts";
import { placeOf } from "./build-run.ts";
import { locating } from "./locate-error.ts";
import { expand, lookupIn, type Platform, parsePlatform, platformArgs } from "./variables.ts";

/** What the scope before the first FROM holds. */
export interface GlobalScope {
  readonly platform: Platform;
  readonly globalArgs: ReadonlyMap<string, string | undefined>;
  /** Names of build arguments that some ARG declared, so far; the automatic ones need no declaration. */
  readonly usedArgs: Set<string>;
}

/** Evaluates the ARGs before the first FROM. Throws `invalid-argument` for a bad platform or expansion. */
export function globalScope(file: Dockerfile, request: BuildRequest): GlobalScope {
  const host = hostPlatform();
  const platform =
    request.platform === undefined || request.platform === "" ? host : parsePlatform(request.platform);
  const automatic = platformArgs(platform, host);
  const usedArgs = new Set(automatic.keys());
  const globalArgs = new Map<string, string | undefined>(automatic);
  for (const instruction of file.globalArgs) {
    for (const { key, value } of instruction.pairs) {
      usedArgs.add(key.value);
      const expanded = () => expand(value?.raw ?? "", lookupIn(globalArgs), { escape: file.escape });
      const fallback =
        value === undefined ? undefined : locating(placeOf({ file, request }, instruction), expanded);
      globalArgs.set(key.value, request.buildArgs[key.value] ?? fallback);
    }
  }
  return { platform, globalArgs, usedArgs };
}

/** What this machine runs. */
function hostPlatform(): Platform {
  switch (process.arch) {
    case "x64":
      return { os: "linux", architecture: "amd64" };
    case "arm":
      return { os: "linux", architecture: "arm", variant: "v7" };
    case "ia32":
      return { os: "linux", architecture: "386" };
    default:
      return { os: "linux", architecture: process.arch };
  }
}
