import type { OciSeccomp, OciSyscallRule } from "./oci-spec.ts";
import { allowedSyscalls, deniedSyscalls, syscallsByCapability } from "./seccomp-syscalls.ts";

const allow = "SCMP_ACT_ALLOW";
const refuse = "SCMP_ACT_ERRNO";
const eperm = 1;
const enosys = 38;

/** All CLONE_NEW* flags but CLONE_NEWTIME, which clone(2) does not take. */
const cloneNamespaceFlags = 0x7e020000;
const lowWord = 0xffffffff;

/**
 * Docker's default profile for a process with these capabilities (`CAP_…`). Differs in one thing: calls that are in no
 * table get ENOSYS, not EPERM, as runc does for calls newer than its profile.
 */
export function defaultSeccomp(capabilities: readonly string[], architecture: string): OciSeccomp {
  const opened = new Set(capabilities.flatMap((name) => syscallsByCapability[name] ?? []));
  const conditional: readonly OciSyscallRule[] = opened.has("clone")
    ? []
    : [
        {
          names: ["clone"],
          action: allow,
          args: [{ index: 0, value: cloneNamespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
        },
        { names: ["clone3"], action: refuse, errnoRet: enosys },
      ];
  // `clone`, `socket` and `personality` have rules with arguments: a plain refusal beside them would be a second answer.
  const byArgument = ["clone", "socket", "personality"];
  return {
    defaultAction: refuse,
    defaultErrnoRet: enosys,
    architectures: architectures[architecture] ?? [],
    syscalls: [
      { names: [...allowedSyscalls, ...opened, ...(machineCalls[architecture] ?? [])], action: allow },
      {
        names: deniedSyscalls.filter((name) => !opened.has(name) && !byArgument.includes(name)),
        action: refuse,
        errnoRet: eperm,
      },
      ...[0, 8, 0x20000, 0x20008, 0xffffffff].map((value) => allowWhen("personality", value, "SCMP_CMP_EQ")),
      ...socketRules(),
      ...conditional,
    ],
  };
}

const architectures: Readonly<Record<string, readonly string[]>> = {
  amd64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

const machineCalls: Readonly<Record<string, readonly string[]>> = {
  amd64: ["arch_prctl", "modify_ldt"],
  arm64: [
    "arm_fadvise64_64",
    "arm_sync_file_range",
    "breakpoint",
    "cacheflush",
    "set_tls",
    "sync_file_range2",
  ],
};

/**
 * All address families but AF_ALG (38) and AF_VSOCK (40), as aligned blocks of values. Compared by mask, since the kernel
 * looks only at the low word of `domain` and a comparison of the whole register could be passed by with high bits.
 */
function socketRules(): OciSyscallRule[] {
  const blocks: readonly (readonly [first: number, size: number])[] = [
    [0, 32],
    [32, 4],
    [36, 2],
    [39, 1],
    [41, 1],
    [42, 2],
    [44, 4],
    [48, 16],
  ];
  const rules = blocks.map(([first, size]) => ({
    names: ["socket"],
    action: allow,
    args: [{ index: 0, value: lowWord - size + 1, valueTwo: first, op: "SCMP_CMP_MASKED_EQ" }],
  }));
  const refusals = [38, 40].map((family) => ({
    names: ["socket"],
    action: refuse,
    errnoRet: eperm,
    args: [{ index: 0, value: lowWord, valueTwo: family, op: "SCMP_CMP_MASKED_EQ" }],
  }));
  return [...rules, ...refusals];
}

function allowWhen(name: string, value: number, op: string): OciSyscallRule {
  return { names: [name], action: allow, args: [{ index: 0, value, valueTwo: 0, op }] };
}
