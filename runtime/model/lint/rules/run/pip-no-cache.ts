import { hasMountAt, hasOption, installs, PIP } from "../../install.ts";
import { insertFix, type LintSubject, type Rule } from "../../rule.ts";

export const pipNoCache: Rule = {
  name: "pip-no-cache",
  codes: ["DL3042"],
  summary: "pip install keeps no downloads in the layer.",
  documentation: "Use `--no-cache-dir`, `ENV PIP_NO_CACHE_DIR=1`, or a cache mount at `/root/.cache/pip`.",
  severity: "warning",
  *check(subject) {
    for (const { run, verb, options, command } of installs(subject, PIP)) {
      if (hasOption(options, "--no-cache-dir", "--cache-dir") || hasMountAt(run, "/.cache")) continue;
      if (
        isSetByEnvironment(subject, run.stage) ||
        command.assignments.some(({ value }) => value.startsWith("PIP_NO_CACHE_DIR="))
      )
        continue;
      yield {
        range: verb.range,
        message: "pip keeps its downloads in the layer: add --no-cache-dir",
        fixes: [insertFix("Add --no-cache-dir", verb.range.end, " --no-cache-dir", false)],
      };
    }
  },
};

function isSetByEnvironment(subject: LintSubject, stage: number): boolean {
  return subject.tree.instructions.some(
    (instruction) =>
      instruction.stage <= stage &&
      (instruction.name === "ENV" || instruction.name === "ARG") &&
      instruction.pairs.some(
        ({ key, value }) =>
          key.value === "PIP_NO_CACHE_DIR" && !/^(?:|0|off|false|no)$/i.test(value?.value ?? ""),
      ),
  );
}
