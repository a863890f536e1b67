import { hasOption } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

export const wgetProgress: Rule = {
  name: "wget-progress",
  codes: ["DL3047"],
  summary: "wget does not fill the build log.",
  documentation:
    "Without a terminal wget prints a line for every 50 kB. `--progress=dot:giga` or `-nv` keeps it short.",
  severity: "info",
  *check(subject) {
    for (const { command } of subject.calls("wget")) {
      const program = command.words[0];
      if (program === undefined) continue;
      const words = argumentsOf(command);
      if (
        words.length === 0 ||
        hasOption(
          words,
          "-q",
          "--quiet",
          "--progress",
          "--no-verbose",
          "-o",
          "-a",
          "--output-file",
          "--append-output",
          "--version",
        )
      )
        continue;
      if (words.some(({ value }) => value === "-nv")) continue;
      yield {
        range: program.range,
        message: "wget prints a line for every 50 kB into the build log: add --progress=dot:giga",
        fixes: [insertFix("Add --progress=dot:giga", program.range.end, " --progress=dot:giga", false)],
      };
    }
  },
};
