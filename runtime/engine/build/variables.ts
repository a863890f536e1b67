import { type ExpandOptions, expandWord, expandWords, type Lookup } from "../../model/dockerfile/expand.ts";
import { EngineError } from "../error.ts";

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Build arguments that may be given without a declaration and never change the cache. Source: Dockerfile reference, "Predefined ARGs". */
const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

/** Is it a proxy's name, in upper or lower case: passed on to RUN, kept out of cache keys and history? */
export function isProxyArg(name: string): boolean {
  const upper = name.toUpperCase();
  return proxyNames.includes(upper) && (name === upper || name === name.toLowerCase());
}

/** The proxies of a build's arguments as RUN gets them: each under both its names, since programs differ in which they read. */
export function proxyVariables(
  buildArgs: Readonly<Record<string, string | null>>,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const name of proxyNames) {
    const upper = buildArgs[name] ?? buildArgs[name.toLowerCase()];
    const lower = buildArgs[name.toLowerCase()] ?? buildArgs[name];
    if (typeof upper === "string") variables.set(name, upper);
    if (typeof lower === "string") variables.set(name.toLowerCase(), lower);
  }
  return variables;
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

/** Variables for expansion. */
export function lookupIn(variables: ReadonlyMap<string, string | undefined>): Lookup {
  return (name) => variables.get(name);
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
