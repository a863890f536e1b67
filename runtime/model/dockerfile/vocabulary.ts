/** The instructions of the language. Source: Dockerfile reference, "Overview". */
export const instructionNames = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
] as const;

export type InstructionName = (typeof instructionNames)[number];

/** The flags each instruction knows, without dashes; instructions that are not named here know none. */
export const instructionFlags: Readonly<Partial<Record<InstructionName, readonly string[]>>> = {
  ADD: ["chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"],
  COPY: ["from", "chown", "chmod", "link", "parents", "exclude"],
  FROM: ["platform"],
  HEALTHCHECK: ["interval", "timeout", "start-period", "start-interval", "retries"],
  RUN: ["mount", "network", "security", "device"],
};

/** Parser directives: comments at the very top that change how the file is read. */
export const directiveNames: readonly string[] = ["syntax", "escape", "check"];

/** Is it an instruction's name in upper case? */
export function isInstructionName(name: string): name is InstructionName {
  return instructionNames.some((known) => known === name);
}
