import type { ProjectLoad } from "../../compose/load.ts";
import { parseCompose } from "../../compose/parse.ts";
import { entriesOf, entry, type MappingNode } from "../../compose/tree.ts";
import type { ComposeProblem } from "../../compose/types.ts";
import type { Problem } from "../../text/problem.ts";
import type { RuleLevel } from "../rule.ts";
import { withComposeFixes } from "./fixes.ts";
import { loadFile } from "./load-file.ts";
import { LintMemory } from "./memory.ts";
import { readSilences } from "./pragma.ts";
import type { ComposeSubject } from "./rule.ts";
import { composeRules, modelRuleOf } from "./rules.ts";
import { schemaProblems } from "./schema-problems.ts";
import type { ComposeSource } from "./source.ts";

export interface ComposeFindings {
  readonly problems: readonly Problem[];
  /** Files that are named and `others` does not have: read them and ask again. */
  readonly wanted: readonly string[];
  /** Paths that `paths` says nothing of: look what stands there and ask again. */
  readonly wantedPaths: readonly string[];
  /** The project the file belongs to; undefined while the file is no YAML. */
  readonly load: ProjectLoad | undefined;
}

/** All findings of one Compose file in the order of the text: the project model's, the schema's and the rules'. */
export function lintCompose(source: ComposeSource): ComposeFindings {
  const { path, text, parse = parseCompose, memory = new LintMemory() } = source;
  const own = parse(text, path);
  // A file that is no YAML yet has nothing else worth telling, and it is what an editor sees at every other key.
  const broken = own.problems.filter(({ code }) => code === "yaml-syntax");
  if (broken.length > 0) {
    const problems = withComposeFixes({ text, root: own.root }, broken.map(ofFile));
    return { problems: settled(source, problems), wanted: [], wantedPaths: [], load: undefined };
  }
  const { load, wanted } = loadFile(source, own, memory);
  const found = load.problems.filter(({ file }) => file === path).map(ofFile);
  const model = withComposeFixes({ text, root: own.root }, found);
  if (own.root?.kind !== "mapping" || own.problems.length > 0)
    return { problems: settled(source, model), wanted: [...wanted], wantedPaths: [], load };
  const schema = schemaProblems(own.root, model, memory);
  const ruled = ruleProblems(source, own.root, load, memory);
  return {
    problems: settled(source, [...model, ...schema, ...ruled.problems]),
    wanted: [...new Set([...wanted, ...ruled.wanted])],
    wantedPaths: ruled.wantedPaths,
    load,
  };
}

function ofFile({ file: _, ...problem }: ComposeProblem): Problem {
  return problem;
}

function ruleProblems(
  { path, text, others, paths, portOwners, levels }: ComposeSource,
  root: MappingNode,
  load: ProjectLoad,
  memory: LintMemory,
): {
  readonly problems: readonly Problem[];
  readonly wanted: ReadonlySet<string>;
  readonly wantedPaths: readonly string[];
} {
  const wanted = new Set<string>();
  const wantedPaths = new Set<string>();
  const subject: ComposeSubject = {
    ...{ path, text, root, load },
    kindOf: (one) => {
      const kind = paths?.get(one);
      if (kind === undefined) wantedPaths.add(one);
      return kind;
    },
    textOf: (one) => {
      if (!others.has(one)) wanted.add(one);
      return others.get(one);
    },
    portOwner: (port) => portOwners?.get(port),
  };
  const services = entriesOf(entry(root, "services")?.value).map(({ key, keyPlace, value }) => ({
    ...{ name: key, keyPlace, node: value, text },
  }));
  const set = lowerKeys(levels ?? {});
  const problems = composeRules.flatMap((rule): readonly Problem[] => {
    const level = setLevel([rule.name, ...rule.codes], set) ?? rule.severity;
    if (level === "off") return [];
    const findings =
      rule.scope === "file"
        ? [...rule.check(subject)]
        : services.flatMap((service) => memory.findings(rule, service));
    return findings.map((finding) => ({
      codes: rule.codes,
      severity: level,
      ...finding,
      code: rule.name,
    }));
  });
  return { problems, wanted, wantedPaths: [...wantedPaths] };
}

/** Problems at their set levels, without those that a comment silences, in order. */
function settled({ text, levels }: ComposeSource, problems: readonly Problem[]): readonly Problem[] {
  const set = lowerKeys(levels ?? {});
  const isSilenced = readSilences(text);
  const kept = problems.flatMap((problem): readonly Problem[] => {
    const codes = problem.codes ?? modelRuleOf(problem.code)?.codes ?? [];
    const names = [problem.code, ...codes];
    const level = setLevel(names, set);
    if (level === "off" || isSilenced(names, problem.range.start)) return [];
    const known = codes.length === 0 ? problem : { ...problem, codes };
    return [level === undefined ? known : { ...known, severity: level }];
  });
  return kept.sort((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}

function setLevel(names: readonly string[], levels: ReadonlyMap<string, RuleLevel>): RuleLevel | undefined {
  return levels.size === 0
    ? undefined
    : names.map((name) => levels.get(name.toLowerCase())).find((level) => level !== undefined);
}

function lowerKeys(levels: Readonly<Record<string, RuleLevel>>): ReadonlyMap<string, RuleLevel> {
  return new Map(Object.entries(levels).map(([name, level]) => [name.toLowerCase(), level]));
}
