import type { Rule } from "../../rule.ts";

const USELESS = [
  "free",
  "ifconfig",
  "kill",
  "mount",
  "ps",
  "reboot",
  "service",
  "shutdown",
  "ssh",
  "systemctl",
  "top",
  "vim",
  "nano",
];

export const noUselessProgram: Rule = {
  name: "no-useless-program",
  codes: ["DL3001"],
  summary: "A build runs no programs that need a running system or a person.",
  documentation:
    "Services started in a RUN are gone when it ends; editors and monitors have nobody to show themselves to.",
  severity: "info",
  *check(subject) {
    for (const { command } of subject.calls(...USELESS)) {
      yield { range: command.words[0]!.range, message: `${command.program} has no use in a build` };
    }
  },
};
