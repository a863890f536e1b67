import { loadProject } from "../../../runtime/model/compose/load.ts";
import { withComposeFixes } from "../../../runtime/model/lint/compose/fixes.ts";
import type { Problem } from "../../../runtime/model/text/problem.ts";

/** One Compose file and what is known of the files it needs. */
export interface ComposeSource {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Texts of other files by absolute path; undefined: the file does not exist. */
  readonly others: ReadonlyMap<string, string | undefined>;
}

export interface ComposeFindings {
  readonly problems: readonly Problem[];
  /** Files the project names and `others` does not have: read them and ask again. */
  readonly wanted: readonly string[];
}

/** What the project model finds in the file, with fixes. Findings in other files are theirs. */
export function diagnoseCompose({ path, text, environment, others }: ComposeSource): ComposeFindings {
  const { problems, wanted } = loadProject({
    files: [path],
    directory: path.slice(0, path.lastIndexOf("/")) || "/",
    // Every service counts while editing, whichever profile it belongs to.
    profiles: ["*"],
    environment,
    documents: new Map([...others, [path, text]]),
  });
  const own = problems.filter(({ file }) => file === path).map(({ file: _, ...problem }) => problem);
  return { problems: withComposeFixes(text, own), wanted };
}

/**
 * The schema's findings that the model has not: where both speak of one place the model is the more exact, and of a
 * file that is no YAML it tells the same.
 */
export function withSchemaProblems(own: readonly Problem[], schema: readonly Problem[]): readonly Problem[] {
  if (own.some(({ code }) => code === "yaml-syntax")) return own;
  const fresh = schema.filter(({ range }) =>
    own.every((problem) => problem.range.end <= range.start || range.end <= problem.range.start),
  );
  return [...own, ...fresh].sort((a, b) => a.range.start - b.range.start);
}
