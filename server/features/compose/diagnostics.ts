import type { Problem } from "../../../runtime/model/text/problem.ts";

/**
 * The model's findings and those of the schema that it has not: where both speak of one place the model is the more
 * exact.
 */
export function withSchemaProblems(own: readonly Problem[], schema: readonly Problem[]): readonly Problem[] {
  const fresh = schema.filter(({ range }) =>
    own.every((problem) => problem.range.end <= range.start || range.end <= problem.range.start),
  );
  return [...own, ...fresh].sort((a, b) => a.range.start - b.range.start);
}
