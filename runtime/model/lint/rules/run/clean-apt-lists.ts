import { APT, hasMountAt, type Install, installs } from "../../install.ts";
import { insertFix, type LintSubject, type Rule } from "../../rule.ts";
import { argumentsOf } from "../../shell.ts";
import { shippedStages } from "../../variables.ts";

export const cleanAptLists: Rule = {
  name: "clean-apt-lists",
  codes: ["DL3009"],
  summary: "The package lists are removed in the RUN that fetched them.",
  documentation:
    "`apt-get update` leaves tens of megabytes in the layer; removing them in a later RUN saves nothing. Stages that are only copied from are not looked at.",
  severity: "info",
  *check(subject) {
    const shipped = shippedStages(subject.tree);
    const seen = new Set<Install["run"]>();
    for (const { run, verb } of installs(subject, APT)) {
      if (seen.has(run) || !shipped.has(run.stage) || removesLists(subject, run)) continue;
      seen.add(run);
      const end = run.heredocs.length > 0 || run.command.form === "exec" ? undefined : run.range.end;
      const fixes =
        end === undefined
          ? []
          : [insertFix("Remove the lists", end, " \\\n    && rm -rf /var/lib/apt/lists/*", false)];
      yield {
        range: verb.range,
        message: "the package lists stay in the layer: remove /var/lib/apt/lists/*",
        fixes,
      };
    }
  },
};

function removesLists(subject: LintSubject, run: Install["run"]): boolean {
  if (hasMountAt(run, "/var/lib/apt", "/var/lib/apt/lists")) return true;
  const commands = subject.commands(run);
  if (!commands.some((command) => argumentsOf(command).some(({ value }) => value === "update"))) return true;
  return commands.some(
    (command) =>
      command.program === "rm" && argumentsOf(command).some(({ value }) => value.startsWith("/var/lib/apt")),
  );
}
