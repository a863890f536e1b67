import type { Rule } from "../../rule.ts";
import { programOf } from "../../shell.ts";

const USELESS = new Set([
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
]);

export const noUselessProgram: Rule = {
  name: "no-useless-program",
  codes: ["DL3001"],
  summary: "A build runs no programs that need a running system or a person.",
  documentation:
    "Services started in a RUN are gone when it ends; editors and monitors have nobody to show themselves to.",
  severity: "info",
  *check(subject) {
    for (const run of subject.runs) {
      for (const command of subject.commands(run)) {
        const program = command.words[0];
        if (program === undefined || !USELESS.has(programOf(command))) continue;
        yield { range: program.range, message: `${programOf(command)} has no use in a build` };
      }
    }
  },
};
