import { hasOption } from "../../install.ts";
import { insertFix, type Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";

export const useraddNoLogInit: Rule = {
  name: "useradd-no-log-init",
  codes: ["DL3046"],
  summary: "useradd with a high user id has -l.",
  documentation:
    "Without `--no-log-init` useradd grows the log files `lastlog` and `faillog` up to that id: gigabytes in the layer.",
  severity: "warning",
  *check(subject) {
    for (const { command } of subject.calls("useradd")) {
      const program = command.words[0];
      if (program === undefined) continue;
      const words = argumentsOf(command);
      if (hasOption(words, "-l", "--no-log-init")) continue;
      const id = words.find(
        ({ value }, i) => ["-u", "--uid"].includes(words[i - 1]?.value ?? "") || value.startsWith("--uid="),
      );
      if (id === undefined || !/^(?:--uid=)?\d{6,}$/.test(id.value)) continue;
      yield {
        range: id.range,
        message: "a high user id makes the log files of logins huge: add -l",
        fixes: [insertFix("Add -l", program.range.end, " -l", false)],
      };
    }
  },
};
