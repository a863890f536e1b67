import type { Command } from "./run.ts";

/** Binds what a descriptor of this process holds; the path is not resolved again, so it cannot have been exchanged. */
export function bindDescriptor(descriptor: number, target: string): Command<void> {
  return {
    argv: ["mount", "-n", "-c", "--bind", "--", `/proc/${process.pid}/fd/${descriptor}`, target],
    env: { LIBMOUNT_FORCE_MOUNT2: "always" },
    parse: () => {},
  };
}
