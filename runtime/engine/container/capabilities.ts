import { EngineError } from "../error.ts";

/** Docker's default set: 00000000a80425fb. */
const defaultCapabilities: readonly string[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/** By number, capability.h. */
const names =
  `CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT
  SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG
  WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE`
    .split(/\s+/)
    .map((name) => `CAP_${name}`);

/** The names of a mask as in `/proc/self/status`, `CapBnd: 000001fffeffffff`. */
export function capabilitiesOf(maskHex: string): string[] {
  const mask = BigInt(`0x${maskHex.trim()}`);
  return names.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

export interface CapabilityWish {
  readonly privileged: boolean;
  readonly add: readonly string[];
  readonly drop: readonly string[];
  /** What this engine may hand on at all. */
  readonly available: readonly string[];
}

/** The capabilities of a process, in order of their numbers. Throws `invalid-argument` for an unknown name. */
export function grantedCapabilities(wish: CapabilityWish): string[] {
  const add = wish.add.map(normalise);
  const drop = wish.drop.map(normalise);
  const base = wish.privileged || add.includes("ALL") ? wish.available : defaultCapabilities;
  const granted = new Set(drop.includes("ALL") && !add.includes("ALL") ? [] : base);
  for (const name of drop) granted.delete(name);
  for (const name of add) if (name !== "ALL") granted.add(name);
  if (wish.privileged) for (const name of wish.available) granted.add(name);
  return names.filter((name) => granted.has(name) && wish.available.includes(name));
}

function normalise(name: string): string {
  const upper = name.toUpperCase();
  if (upper === "ALL") return upper;
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (!names.includes(full)) throw new EngineError("invalid-argument", `invalid capability: "${name}"`);
  return full;
}
