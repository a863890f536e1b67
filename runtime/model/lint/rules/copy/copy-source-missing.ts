import type { Dockerfile } from "../../../dockerfile/types.ts";
import type { OffsetRange } from "../../../text/problem.ts";
import type { Rule } from "../../rule.ts";

/** A source of COPY or ADD that is a plain path of the build context. */
export interface ContextSource {
  /** Relative to the context, without a slash at its ends. */
  readonly path: string;
  readonly range: OffsetRange;
}

/** The paths of the build context that a file copies; patterns, variables and addresses are left out. */
export function contextSources(tree: Dockerfile): readonly ContextSource[] {
  return tree.instructions.flatMap((instruction) => {
    if (instruction.name !== "COPY" && instruction.name !== "ADD") return [];
    if (instruction.flags.some(({ name }) => name === "from")) return [];
    return instruction.sources.flatMap(({ value, range }) => {
      const path = value.replace(/^(?:\.?\/+)+/, "").replace(/\/+$/, "");
      const isPlain = path !== "" && !path.split("/").some((part) => part === "." || part === "..");
      return isPlain && !/[$*?[\\]|:\/\/|^git@/.test(path) ? [{ path, range }] : [];
    });
  });
}

export const copySourceMissing: Rule = {
  name: "copy-source-missing",
  codes: [],
  summary: "What COPY names is in the build context.",
  documentation:
    "The build stops at a source that is not there. The context is taken for the Dockerfile's own directory; where none of the file's sources is found there it must be another, and nothing is reported.",
  severity: "warning",
  *check({ tree, options }) {
    const { isMissing } = options;
    if (isMissing === undefined) return;
    const sources = contextSources(tree);
    const missing = sources.filter(({ path }) => isMissing(path));
    if (missing.length === sources.length) return;
    for (const { path, range } of missing) {
      yield { range, message: `${path} is not in the build context` };
    }
  },
};
