import { EngineError } from "../error.ts";
import type { OciSpec } from "./oci-spec.ts";

/** PATH_MAX of Linux, with the NUL at the end. */
const longestPath = 4096;

/**
 * Refuses a path that the kernel would refuse. It must not reach the OCI runtime, which repeats it in its message: one
 * that is larger than a pipe holds would wait for conmon, and conmon for its end. Throws `invalid-argument`.
 */
export function checkedPath(path: string): string {
  if (Buffer.byteLength(path) < longestPath) return path;
  throw new EngineError("invalid-argument", `file name too long: ${path.slice(0, 100)}…`);
}

/** The same for everything of a bundle that the runtime may repeat: all but arguments, environment and system calls. */
export function checkedSpec(spec: OciSpec): OciSpec {
  const { args: _, env: __, ...process } = spec.process;
  const { seccomp: ___, ...linux } = spec.linux;
  checkStrings({ process, linux, mounts: spec.mounts, hostname: spec.hostname });
  checkedPath(spec.process.args[0] ?? "");
  return spec;
}

function checkStrings(value: unknown): void {
  if (typeof value === "string") checkedPath(value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    checkedPath(key);
    checkStrings(each);
  }
}
