import type { Flag } from "../../model/dockerfile/types.ts";
import { EngineError } from "../error.ts";

/** One `--mount` of a RUN. Source: Dockerfile reference, "RUN --mount". */
export type RunMount =
  | {
      readonly type: "bind";
      readonly target: string;
      /** Stage or image; undefined for the build context. */
      readonly from: string | undefined;
      readonly source: string;
      /** `rw`: the step may write; what it writes is dropped. */
      readonly isWritable: boolean;
    }
  | {
      readonly type: "cache";
      readonly target: string;
      readonly id: string;
      /** Side by side, one step at a time, or another directory for each step at the same time. */
      readonly sharing: "shared" | "locked" | "private";
      /** Stage or image whose files a new cache starts with. */
      readonly from: string | undefined;
      readonly source: string;
      readonly readOnly: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly type: "tmpfs"; readonly target: string };

const keysOf: Readonly<Record<string, readonly string[]>> = {
  bind: [
    "type",
    "target",
    "dst",
    "destination",
    "source",
    "src",
    "from",
    "readonly",
    "ro",
    "rw",
    "readwrite",
  ],
  cache: [
    ...["type", "target", "dst", "destination", "id", "readonly", "ro", "sharing", "mode", "uid", "gid"],
    ...["from", "source", "src"],
  ],
  tmpfs: ["type", "target", "dst", "destination"],
};

/** Reads the value of a `--mount`. Throws `invalid-argument` for nonsense, `not-implemented` for what is not there yet. */
export function parseRunMount(flag: Flag, value: string, cwd: string): RunMount | undefined {
  const options = new Map<string, string>();
  for (const part of value.split(",")) {
    const equals = part.indexOf("=");
    options.set(
      equals === -1 ? part : part.slice(0, equals),
      equals === -1 ? "true" : part.slice(equals + 1),
    );
  }
  const type = options.get("type") ?? "bind";
  if (type === "secret" || type === "ssh") return withoutSession(type, options);
  const known = keysOf[type];
  if (known === undefined) throw new EngineError("invalid-argument", `unsupported mount type "${type}"`);
  for (const key of options.keys()) {
    if (!known.includes(key)) {
      throw new EngineError(
        "not-implemented",
        `--${flag.name}=type=${type}: option "${key}" is not implemented`,
      );
    }
  }
  const target = options.get("target") ?? options.get("dst") ?? options.get("destination") ?? "";
  if (target === "") throw new EngineError("invalid-argument", `--mount=type=${type} has no target`);
  const place = target.startsWith("/") ? target : `${cwd === "/" ? "" : cwd}/${target}`;
  const isReadOnly = isOn(options.get("readonly") ?? options.get("ro"));
  if (type === "tmpfs") return { type, target: place };
  const from = options.get("from");
  const source = options.get("source") ?? options.get("src") ?? "/";
  if (type === "bind") {
    const isAsked = isOn(options.get("rw") ?? options.get("readwrite"));
    return { type, target: place, from, source, isWritable: isAsked && !isReadOnly };
  }
  const sharing = options.get("sharing") ?? "shared";
  if (sharing !== "shared" && sharing !== "locked" && sharing !== "private") {
    throw new EngineError("invalid-argument", `--mount=type=cache: unsupported sharing value "${sharing}"`);
  }
  return {
    type: "cache",
    target: place,
    id: options.get("id") ?? place,
    sharing,
    from,
    source,
    readOnly: isReadOnly,
    mode: Number.parseInt(options.get("mode") ?? "0755", 8),
    uid: Number(options.get("uid") ?? 0),
    gid: Number(options.get("gid") ?? 0),
  };
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== "false" && value !== "0";
}

/** Secrets and agents come through a BuildKit session, which the classic build request has not; optional ones are left out. */
function withoutSession(type: string, options: ReadonlyMap<string, string>): undefined {
  const required = options.get("required") ?? "false";
  if (required === "false") return undefined;
  const id = options.get("id") ?? "default";
  throw new EngineError("invalid-argument", `${type} ${id}: not found: this build request brings none`);
}
