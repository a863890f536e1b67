import type { Command } from "./run.ts";

/** Gives files in `directory` the extended attributes of those of the same names; what they hold stays as it is. */
export function copyAttributes(files: readonly string[], directory: string): Command<void> {
  return {
    argv: ["cp", "--attributes-only", "--preserve=xattr", "--target-directory", directory, "--", ...files],
    parse: () => {},
  };
}

/** The same for one file, whatever its name. */
export function copyFileAttributes(from: string, to: string): Command<void> {
  return {
    argv: ["cp", "--attributes-only", "--preserve=xattr", "--no-target-directory", "--", from, to],
    parse: () => {},
  };
}
