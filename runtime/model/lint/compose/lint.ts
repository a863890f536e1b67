import { loadProject } from "../../compose/load.ts";
import type { ComposeParse } from "../../compose/parse.ts";
import type { Problem } from "../../text/problem.ts";
import { withComposeFixes } from "./fixes.ts";

/** One Compose file and what is known of the files it needs. */
export interface ComposeSource {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Texts of other files by absolute path; undefined: the file does not exist. */
  readonly others: ReadonlyMap<string, string | undefined>;
  /** Reads YAML; an editor hands in one that remembers. */
  readonly parse?: (text: string, file: string) => ComposeParse;
}

export interface ComposeFindings {
  readonly problems: readonly Problem[];
  /** Files the project names and `others` does not have: read them and ask again. */
  readonly wanted: readonly string[];
}

/** What the project model finds in one file, with fixes. Findings in other files are theirs. */
export function lintCompose({ path, text, environment, others, parse }: ComposeSource): ComposeFindings {
  const { problems, wanted } = loadProject({
    files: [path],
    directory: path.slice(0, path.lastIndexOf("/")) || "/",
    // Every service counts, whichever profile it belongs to.
    profiles: ["*"],
    environment,
    parse,
    documents: new Map([...others, [path, text]]),
  });
  const own = problems.filter(({ file }) => file === path).map(({ file: _, ...problem }) => problem);
  return { problems: withComposeFixes(text, own), wanted };
}
