import type { DockerfileParse } from "../dockerfile/types.ts";
import type { Problem, Severity } from "../text/problem.ts";
import { withParserFixes } from "./parser-fixes.ts";
import { isSuppressed, readSuppressions, type Suppressions } from "./pragma.ts";
import type { Finding, LintOptions, Rule, RuleLevel } from "./rule.ts";
import { dockerfileRules } from "./rules.ts";
import { lintSubject } from "./subject.ts";

/**
 * All findings of a Dockerfile in the order of the text: the parser's problems and those of the rules that are on.
 * Comments `# check=skip=…` and `# hadolint ignore=…` are honoured.
 */
export function lintDockerfile(parse: DockerfileParse, options: LintOptions = {}): Problem[] {
  return lintWith(dockerfileRules, parse, options);
}

/** The same with a chosen list of rules; tests use it to look at one rule alone. */
export function lintWith(rules: readonly Rule[], parse: DockerfileParse, options: LintOptions): Problem[] {
  const suppressions = readSuppressions(parse.tree);
  const subject = lintSubject(parse.tree, options);
  const levels = lowerKeys(options.levels ?? {});
  const problems: Problem[] = [];
  for (const rule of rules) {
    const names = namesOf(rule);
    const severity = severityOf(rule, names, levels, suppressions);
    if (severity === undefined) continue;
    for (const finding of rule.check(subject)) {
      if (isSuppressed(suppressions, names, finding.range.start)) continue;
      problems.push({ codes: rule.codes, ...finding, code: rule.name, severity: severity.of(finding) });
    }
  }
  const syntax = parse.problems.filter((problem) => !isSilenced(problem, suppressions, problems));
  const mendable = syntax.map((problem) => withParserFixes(parse.tree, problem));
  return [...mendable, ...problems].sort(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
  );
}

/** A parser's warning may be ignored like a rule's; what would fail the build stays, unless a rule says it better. */
function isSilenced(problem: Problem, suppressions: Suppressions, found: readonly Problem[]): boolean {
  const names = [problem.code, ...(problem.codes ?? [])].map((name) => name.toLowerCase());
  if (problem.severity !== "error" && isSuppressed(suppressions, names, problem.range.start)) return true;
  return (
    problem.severity !== "error" &&
    problem.code === "invalid-json" &&
    found.some(
      ({ code, range }) =>
        code === "single-quoted-json" && range.start <= problem.range.start && problem.range.end <= range.end,
    )
  );
}

/** The rule of a problem, or undefined when the problem is the parser's. */
export function ruleOf(code: string): Rule | undefined {
  return dockerfileRules.find((rule) => rule.name === code);
}

function namesOf(rule: Rule): readonly string[] {
  return [rule.name, ...rule.codes].map((name) => name.toLowerCase());
}

/** How severe a rule's findings are; undefined when it is off. */
interface Severities {
  readonly of: (finding: Finding) => Severity;
}

function severityOf(
  rule: Rule,
  names: readonly string[],
  levels: ReadonlyMap<string, RuleLevel>,
  suppressions: Suppressions,
): Severities | undefined {
  const set = names.map((name) => levels.get(name)).find((level) => level !== undefined);
  const level = set ?? rule.severity;
  if (level === "off") return undefined;
  const isCheck = rule.codes.some((code) => /^[A-Z][a-z]/.test(code));
  if (suppressions.isError && isCheck) return { of: () => "error" };
  return { of: (finding) => (set === undefined ? (finding.severity ?? level) : level) };
}

function lowerKeys(levels: Readonly<Record<string, RuleLevel>>): ReadonlyMap<string, RuleLevel> {
  return new Map(Object.entries(levels).map(([name, level]) => [name.toLowerCase(), level]));
}
