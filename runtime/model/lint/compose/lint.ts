import { loadProject } from "../../compose/load.ts";
import { type ComposeParse, parseCompose } from "../../compose/parse.ts";
import type { ComposeProblem } from "../../compose/types.ts";
import type { Problem } from "../../text/problem.ts";
import type { RuleLevel } from "../rule.ts";
import { withComposeFixes } from "./fixes.ts";
import { checkStyle } from "./style.ts";

/** One Compose file and what is known of the files it needs. */
export interface ComposeSource {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Texts of other files by absolute path; undefined: the file does not exist. */
  readonly others: ReadonlyMap<string, string | undefined>;
  /** Level by the code of a problem; what is an error in itself can be changed too. */
  readonly levels?: Readonly<Record<string, RuleLevel>>;
  /** Reads YAML; an editor hands in one that remembers. */
  readonly parse?: (text: string, file: string) => ComposeParse;
}

export interface ComposeFindings {
  readonly problems: readonly Problem[];
  /** Files the project names and `others` does not have: read them and ask again. */
  readonly wanted: readonly string[];
}

/** What the project model finds in one file, with fixes. Findings in other files are theirs. */
export function lintCompose({
  path,
  text,
  environment,
  others,
  levels,
  parse = parseCompose,
}: ComposeSource): ComposeFindings {
  const own = parse(text, path);
  const { root, problems: syntax } = own;
  // A file that is no YAML yet has nothing else worth telling, and it is what an editor sees at every other key.
  const broken = syntax.filter(({ code }) => code === "yaml-syntax");
  if (broken.length > 0) return { problems: withComposeFixes(text, broken.map(ofFile)), wanted: [] };
  const { problems, wanted } = loadProject({
    files: [path],
    directory: path.slice(0, path.lastIndexOf("/")) || "/",
    // Every service counts, whichever profile it belongs to.
    profiles: ["*"],
    environment,
    parse: (source, file) => (file === path && source === text ? own : parse(source, file)),
    documents: new Map([...others, [path, text]]),
  });
  const found = problems.filter(({ file }) => file === path).map(ofFile);
  const style = syntax.length > 0 ? [] : checkStyle(text, root);
  const all = [...withComposeFixes(text, found), ...style].sort((a, b) => a.range.start - b.range.start);
  return { problems: levels === undefined ? all : all.flatMap((one) => atLevel(one, levels)), wanted };
}

function ofFile({ file: _, ...problem }: ComposeProblem): Problem {
  return problem;
}

function atLevel(problem: Problem, levels: Readonly<Record<string, RuleLevel>>): readonly Problem[] {
  const severity = Object.hasOwn(levels, problem.code) ? levels[problem.code] : undefined;
  if (severity === undefined) return [problem];
  return severity === "off" ? [] : [{ ...problem, severity }];
}
