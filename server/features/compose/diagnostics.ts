import type { Problem } from "../../../runtime/model/text/problem.ts";

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
