import { EngineError } from "../error.ts";
import type { OciSeccomp, OciSyscallRule } from "./oci-spec.ts";

/** What a profile's conditions are about. */
export interface SeccompTarget {
  /** `CAP_…`. */
  readonly capabilities: readonly string[];
  /** Go's name, `amd64`. */
  readonly architecture: string;
  /** `6.1.0-…`. */
  readonly kernel: string;
}

const actions: readonly string[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
];

const operators: readonly string[] = ["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"].map(
  (name) => `SCMP_CMP_${name}`,
);

/** Go's names of architectures in libseccomp's. */
const nativeArchitectures: Readonly<Record<string, string>> = {
  amd64: "SCMP_ARCH_X86_64",
  arm64: "SCMP_ARCH_AARCH64",
  arm: "SCMP_ARCH_ARM",
  "386": "SCMP_ARCH_X86",
};

/**
 * A profile in Docker's format (`--security-opt seccomp=FILE`; clients send the file's text), with its conditions
 * decided for one container. Source: Docker's documentation, "Seccomp security profiles". Throws `invalid-argument`.
 */
export function parseSeccompProfile(text: string, target: SeccompTarget): OciSeccomp {
  const profile = record(parse(text), "the profile");
  const defaultErrnoRet = optionalNumber(profile, "defaultErrnoRet");
  return {
    defaultAction: action(profile.defaultAction, "defaultAction"),
    ...(defaultErrnoRet === undefined ? {} : { defaultErrnoRet }),
    architectures: architecturesOf(profile, target),
    syscalls: list(profile.syscalls, "syscalls").flatMap((entry, index) =>
      ruleOf(record(entry, `syscalls[${index}]`), `syscalls[${index}]`, target),
    ),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new EngineError("invalid-argument", `Decoding seccomp profile failed: ${detail}`);
  }
}

/** Either a plain list, or `archMap`, of which the host's entry counts. */
function architecturesOf(profile: Fields, target: SeccompTarget): string[] {
  const plain = strings(profile.architectures, "architectures");
  const mapped = list(profile.archMap, "archMap").map((entry, index) => record(entry, `archMap[${index}]`));
  if (plain.length > 0 && mapped.length > 0) {
    throw invalid("'architectures' and 'archMap' were specified both: use either the one or the other");
  }
  const native = nativeArchitectures[target.architecture];
  const own = mapped.find(({ architecture }) => architecture === native);
  return own === undefined ? plain : [String(native), ...strings(own.subArchitectures, "subArchitectures")];
}

function ruleOf(entry: Fields, path: string, target: SeccompTarget): OciSyscallRule[] {
  const includes = conditions(entry.includes, `${path}.includes`);
  const excludes = conditions(entry.excludes, `${path}.excludes`);
  if (!includes.every((holds) => holds(target)) || excludes.some((holds) => holds(target))) return [];
  const single = entry.name === undefined || entry.name === "" ? [] : [String(entry.name)];
  const names = strings(entry.names, `${path}.names`);
  if (single.length > 0 && names.length > 0) {
    throw invalid(`${path}: 'name' and 'names' were specified both: use either the one or the other`);
  }
  const errnoRet = optionalNumber(entry, "errnoRet");
  const args = list(entry.args, `${path}.args`).map((each, index) =>
    argument(record(each, `${path}.args[${index}]`), `${path}.args[${index}]`),
  );
  return [
    {
      names: [...single, ...names],
      action: action(entry.action, `${path}.action`),
      ...(errnoRet === undefined ? {} : { errnoRet }),
      ...(args.length === 0 ? {} : { args }),
    },
  ];
}

type Condition = (target: SeccompTarget) => boolean;

/** Of `includes` all must hold; of `excludes` none may. */
function conditions(value: unknown, path: string): Condition[] {
  if (value === undefined || value === null) return [];
  const { caps, arches, minKernel } = record(value, path);
  const wantedCapabilities = strings(caps, `${path}.caps`);
  const wantedArchitectures = strings(arches, `${path}.arches`);
  const all: Condition[] = wantedCapabilities.map(
    (name) => (target) => target.capabilities.includes(name.toUpperCase()),
  );
  if (wantedArchitectures.length > 0) {
    all.push((target) => wantedArchitectures.includes(target.architecture));
  }
  if (minKernel !== undefined && minKernel !== null && minKernel !== "") {
    all.push((target) => isAtLeast(target.kernel, String(minKernel)));
  }
  return all;
}

function isAtLeast(kernel: string, least: string): boolean {
  const numbers = (text: string) => /^(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number) ?? [0, 0];
  const [[major = 0, minor = 0], [leastMajor = 0, leastMinor = 0]] = [numbers(kernel), numbers(least)];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

function argument(entry: Fields, path: string): NonNullable<OciSyscallRule["args"]>[number] {
  const op = String(entry.op);
  if (!operators.includes(op)) throw invalid(`${path}.op: unknown operator ${JSON.stringify(op)}`);
  const value = optionalNumber(entry, "value") ?? 0;
  const valueTwo = optionalNumber(entry, "valueTwo");
  return {
    index: optionalNumber(entry, "index") ?? 0,
    value,
    ...(valueTwo === undefined ? {} : { valueTwo }),
    op,
  };
}

function action(value: unknown, path: string): string {
  if (typeof value === "string" && actions.includes(value)) return value;
  throw invalid(`${path}: unknown action ${JSON.stringify(value)}`);
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown, path: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid(`${path} must be an object`);
}

function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${path} must be a list`);
}

function strings(value: unknown, path: string): string[] {
  return list(value, path).map((each) => {
    if (typeof each === "string") return each;
    throw invalid(`${path} must be a list of strings`);
  });
}

function optionalNumber(entry: Fields, key: string): number | undefined {
  const value = entry[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(`${key} must be a whole number`);
}

function invalid(detail: string): EngineError {
  return new EngineError("invalid-argument", `invalid seccomp profile: ${detail}`);
}
