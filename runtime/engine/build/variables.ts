import { type ExpandOptions, expandWord, expandWords, type Lookup } from "../../model/dockerfile/expand.ts";
import { EngineError } from "../error.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Build arguments that may be given without a declaration and never change the cache. Source: Dockerfile reference, "Predefined ARGs". */
const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** Is it a proxy's name: passed on to RUN, kept out of cache keys and history? */
export function isProxyArg(name: string): boolean {
  return proxyNames.includes(name);
}

/** The automatic arguments of the global scope. Source: Dockerfile reference, "Automatic platform ARGs". */
export function platformArgs(target: Platform, build: Platform): ReadonlyMap<string, string> {
  return new Map([
    ["TARGETPLATFORM", printPlatform(target)],
    ["TARGETOS", target.os],
    ["TARGETARCH", target.architecture],
    ["TARGETVARIANT", target.variant ?? ""],
    ["BUILDPLATFORM", printPlatform(build)],
    ["BUILDOS", build.os],
    ["BUILDARCH", build.architecture],
    ["BUILDVARIANT", build.variant ?? ""],
  ]);
}

/** `linux/arm64/v8`. */
export function printPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined || variant === "" ? [] : [variant])].join("/");
}

/** Throws `invalid-argument` for what is no `OS/ARCHITECTURE[/VARIANT]`. */
export function parsePlatform(text: string): Platform {
  const match = /^(linux)\/([a-z0-9_]+)(?:\/([a-z0-9]+))?$/.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (os === undefined || architecture === undefined) {
    throw new EngineError(
      "invalid-argument",
      `"${text}" is no platform this engine builds for: linux/ARCHITECTURE`,
    );
  }
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** The environment as a map; of a name that comes twice the last counts. */
export function envMap(env: readonly string[] | null | undefined): Map<string, string> {
  const map = new Map<string, string>();
  for (const entry of env ?? []) {
    const equals = entry.indexOf("=");
    if (equals > 0) map.set(entry.slice(0, equals), entry.slice(equals + 1));
  }
  return map;
}

/** ENV wins over ARG. */
export function lookupIn(
  env: ReadonlyMap<string, string>,
  args: ReadonlyMap<string, string | undefined>,
): Lookup {
  return (name) => env.get(name) ?? args.get(name);
}

/** One word expanded. Throws `invalid-argument` with the reason. */
export function expand(word: string, lookup: Lookup, options: ExpandOptions): string {
  const result = expandWord(word, lookup, options);
  if (result.problem !== undefined) throw failure(word, result.problem);
  return result.text;
}

/** One word expanded and split. Throws `invalid-argument` with the reason. */
export function expandList(word: string, lookup: Lookup, options: ExpandOptions): readonly string[] {
  const result = expandWords(word, lookup, options);
  if (result.problem !== undefined) throw failure(word, result.problem);
  return result.words;
}

function failure(word: string, problem: string): EngineError {
  return new EngineError("invalid-argument", `failed to process "${word}": ${problem}`);
}
