import { composeRuleOf } from "../model/lint/compose/rules.ts";
import { ruleOf } from "../model/lint/lint.ts";
import { columnAt, lineAt, lineIndex } from "../model/text/line-index.ts";
import type { Problem, Severity } from "../model/text/problem.ts";

/** A file that was looked at. */
export interface LintedFile {
  /** As shown: relative to where the command runs. */
  readonly name: string;
  readonly text: string;
  readonly problems: readonly Problem[];
}

/** The output formats of `berth lint`, by name. */
export const lintFormats: ReadonlyMap<string, (files: readonly LintedFile[]) => string> = new Map([
  ["text", printText],
  ["json", printJson],
  ["sarif", printSarif],
  ["github", printGithub],
]);

/** A problem with its place in lines and columns from 1. */
interface Placed {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly problem: Problem;
  /** The names other linters know the rule by. */
  readonly codes: readonly string[];
}

function place({ name, text, problems }: LintedFile): Placed[] {
  const index = lineIndex(text);
  return problems.map((problem) => ({
    file: name,
    line: lineAt(index, problem.range.start) + 1,
    column: columnAt(index, problem.range.start) + 1,
    endLine: lineAt(index, problem.range.end) + 1,
    endColumn: columnAt(index, problem.range.end) + 1,
    problem,
    codes: problem.codes ?? [],
  }));
}

function printText(files: readonly LintedFile[]): string {
  return files
    .flatMap(place)
    .map(({ file, line, column, problem: { severity, message, code }, codes }) => {
      return `${file}:${line}:${column}: ${severity}: ${message} (${[code, ...codes].join(", ")})\n`;
    })
    .join("");
}

function printJson(files: readonly LintedFile[]): string {
  const findings = files.flatMap(place).map(({ problem, ...rest }) => ({
    ...rest,
    severity: problem.severity,
    rule: problem.code,
    message: problem.message,
    isFixable: (problem.fixes ?? []).length > 0,
  }));
  return `${JSON.stringify(findings, undefined, 2)}\n`;
}

const GITHUB: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
  hint: "notice",
};

/** Source: GitHub documentation, "Workflow commands": properties escape more than messages. */
function printGithub(files: readonly LintedFile[]): string {
  const message = (text: string): string =>
    text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = (text: string): string => message(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return files
    .flatMap(place)
    .map(({ file, line, column, endLine, endColumn, problem }) => {
      const where = `file=${property(file)},line=${line},col=${column},endLine=${endLine},endColumn=${endColumn}`;
      return `::${GITHUB[problem.severity]} ${where},title=${property(problem.code)}::${message(problem.message)}\n`;
    })
    .join("");
}

const SARIF: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
  hint: "note",
};

/** Source: SARIF 2.1.0. */
function printSarif(files: readonly LintedFile[]): string {
  const placed = files.flatMap(place);
  const ids = [...new Set(placed.map(({ problem }) => problem.code))];
  const rules = ids.map((id) => {
    const rule = ruleOf(id) ?? composeRuleOf(id);
    return {
      id,
      shortDescription: { text: rule?.summary ?? id },
      help: { text: rule?.documentation ?? id },
      properties: { codes: rule?.codes ?? [] },
    };
  });
  const results = placed.map(({ file, line, column, endLine, endColumn, problem }) => ({
    ruleId: problem.code,
    level: SARIF[problem.severity],
    message: { text: problem.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
          region: { startLine: line, startColumn: column, endLine, endColumn },
        },
      },
    ],
  }));
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "berth", rules } }, results }],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}
