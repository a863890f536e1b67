import { insertFix, type Rule } from "../../rule.ts";

export const setEMissing: Rule = {
  name: "set-e-missing",
  codes: [],
  summary: "A script in a heredoc stops at the first command that fails.",
  documentation:
    "Of a script only the last command's exit status counts: without `set -e` the build goes on after a failure.",
  severity: "info",
  *check(subject) {
    for (const run of subject.runs) {
      const [heredoc] = run.heredocs;
      if (heredoc === undefined) continue;
      const commands = subject
        .commands(run)
        .filter(({ range }) => range.start >= heredoc.bodyRange.start && range.end <= heredoc.bodyRange.end);
      const lines = commands.filter(({ after }) => after === "\n" || after === ";");
      const isStrict =
        commands.some((command) => command.program === "set") || /^#!.*\s-\w*e/.test(heredoc.content);
      if (lines.length < 2 || isStrict || /(?:^|\s)-\w*e\w*\s/.test(head(subject.tree.text, run.range.start)))
        continue;
      const first = commands[0]!;
      yield {
        range: heredoc.range,
        message: "the script goes on after a command fails: begin it with set -e",
        fixes: [insertFix("Begin with set -e", first.range.start, "set -e\n", false)],
      };
    }
  },
};

/** The instruction's first line: `RUN bash -e <<EOF`. */
function head(text: string, start: number): string {
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end);
}
