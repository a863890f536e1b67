import { EngineError } from "../error.ts";

interface Owned {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

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
  | (Owned & {
      readonly type: "cache";
      readonly target: string;
      readonly id: string;
      /** Side by side, one step at a time, or another directory for each step at the same time. */
      readonly sharing: "shared" | "locked" | "private";
      /** Stage or image whose files a new cache starts with. */
      readonly from: string | undefined;
      readonly source: string;
      readonly readOnly: boolean;
    })
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes: number | undefined }
  | SecretMount
  | AgentMount;

export interface SecretMount extends Owned {
  readonly type: "secret";
  readonly id: string;
  /** Undefined when the secret is only a variable. */
  readonly target: string | undefined;
  /** The variable that gets it. */
  readonly env: string | undefined;
  readonly isRequired: boolean;
}

export interface AgentMount extends Owned {
  readonly type: "ssh";
  readonly id: string;
  /** Undefined: the first free name below `/run/buildkit`. */
  readonly target: string | undefined;
  readonly isRequired: boolean;
}

/** Options by their names; aliases lead to the first of them. */
const aliases: Readonly<Record<string, string>> = {
  dst: "target",
  destination: "target",
  src: "source",
  ro: "readonly",
  rw: "readwrite",
};

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  bind: ["target", "source", "from", "readonly", "readwrite"],
  cache: ["target", "id", "readonly", "readwrite", "sharing", "mode", "uid", "gid", "from", "source"],
  tmpfs: ["target", "size"],
  secret: ["id", "source", "target", "env", "required", "mode", "uid", "gid"],
  ssh: ["id", "target", "required", "mode", "uid", "gid"],
};

/** Reads the value of a `--mount`; `cwd` is what relative targets start from. Throws `invalid-argument`. */
export function parseRunMount(value: string, cwd: string): RunMount {
  const options = new MountOptions(value);
  const { type } = options;
  const placed = (path: string) => (path.startsWith("/") ? path : `${cwd === "/" ? "" : cwd}/${path}`);
  const target = options.text("target");
  const place = target === undefined ? undefined : placed(target);
  switch (type) {
    case "secret": {
      const env = options.text("env");
      const id = options.text("id") ?? options.text("source") ?? target?.split("/").at(-1) ?? env;
      if (id === undefined || id === "") throw options.refusal("a secret needs an id or a target");
      const mounted = place ?? (env === undefined ? `/run/secrets/${id.split("/").at(-1)}` : undefined);
      return {
        type,
        id,
        target: mounted,
        env,
        isRequired: options.isOn("required"),
        ...options.owned(0o400),
      };
    }
    case "ssh":
      return {
        ...{ type, id: options.text("id") ?? "default", target: place },
        ...{ isRequired: options.isOn("required"), ...options.owned(0o600) },
      };
    case "tmpfs":
      return { type, target: needed(place, options), sizeBytes: options.size("size") };
    case "cache": {
      const where = needed(place, options);
      const sharing = options.text("sharing") ?? "shared";
      if (sharing !== "shared" && sharing !== "locked" && sharing !== "private") {
        throw options.refusal(`unsupported sharing value "${sharing}"`);
      }
      const from = { from: options.text("from"), source: options.text("source") ?? "/" };
      const id = options.text("id") ?? where;
      return {
        type,
        target: where,
        id,
        sharing,
        ...from,
        readOnly: options.isOn("readonly"),
        ...options.owned(0o755),
      };
    }
    case "bind": {
      const isWritable = options.isOn("readwrite") && !options.isOn("readonly");
      const from = { from: options.text("from"), source: options.text("source") ?? "/" };
      return { type, target: needed(place, options), ...from, isWritable };
    }
    default:
      throw new EngineError("invalid-argument", `unsupported mount type "${type}"`);
  }
}

function needed(target: string | undefined, options: MountOptions): string {
  if (target === undefined || target === "") throw options.refusal("it has no target");
  return target;
}

class MountOptions {
  readonly type: string;
  readonly #value: string;
  readonly #options = new Map<string, string>();

  constructor(value: string) {
    this.#value = value;
    for (const part of value.split(",")) {
      const equals = part.indexOf("=");
      const name = (equals === -1 ? part : part.slice(0, equals)).toLowerCase();
      this.#options.set(aliases[name] ?? name, equals === -1 ? "true" : part.slice(equals + 1));
    }
    this.type = this.#options.get("type") ?? "bind";
    const known = optionsOf[this.type] ?? [];
    for (const name of this.#options.keys()) {
      if (name === "type" || known.includes(name) || optionsOf[this.type] === undefined) continue;
      throw this.refusal(`it knows no option "${name}"; there are ${known.join(", ")}`);
    }
  }

  text(name: string): string | undefined {
    return this.#options.get(name);
  }

  isOn(name: string): boolean {
    const value = this.#options.get(name);
    if (value === undefined || /^(false|0|f)$/i.test(value)) return false;
    if (/^(true|1|t)$/i.test(value)) return true;
    throw this.refusal(`${name} is true or false, not "${value}"`);
  }

  owned(mode: number): Owned {
    return { uid: this.#id("uid"), gid: this.#id("gid"), mode: this.#mode() ?? mode };
  }

  /** Bytes of `64m`. */
  size(name: string): number | undefined {
    const value = this.#options.get(name);
    if (value === undefined) return undefined;
    const [, digits, unit = ""] = /^(\d{1,12})([kmgt]?)i?b?$/i.exec(value) ?? [];
    if (digits === undefined) throw this.refusal(`${name} is a number of bytes such as 64m, not "${value}"`);
    return Number(digits) * 1024 ** " kmgt".indexOf(unit === "" ? " " : unit.toLowerCase());
  }

  refusal(reason: string): EngineError {
    return new EngineError("invalid-argument", `--mount=${this.#value}: ${reason}`);
  }

  #id(name: string): number {
    const value = this.#options.get(name) ?? "0";
    if (!/^\d{1,10}$/.test(value)) throw this.refusal(`${name} is a number, not "${value}"`);
    return Number(value);
  }

  #mode(): number | undefined {
    const value = this.#options.get("mode");
    if (value === undefined) return undefined;
    if (!/^[0-7]{1,5}$/.test(value)) throw this.refusal(`mode is an octal number, not "${value}"`);
    return Number.parseInt(value, 8) & 0o7777;
  }
}
