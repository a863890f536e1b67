import type { KeyValue } from "../dockerfile/types.ts";
import type { Finding, LabelFormat, LintSubject } from "./rule.ts";

/** The labels of the last stage and of those it is built on; what a later stage sets again counts once, as set last. */
export function labelsOf({ tree }: LintSubject): readonly KeyValue[] {
  return tree.instructions.flatMap((instruction) => (instruction.name === "LABEL" ? instruction.pairs : []));
}

/** One finding for each label whose schema asks for this format and whose value has another. */
export function* malformed(
  subject: LintSubject,
  format: LabelFormat,
  pattern: RegExp,
  wanted: string,
): Generator<Finding> {
  const schema = subject.options.labelSchema ?? {};
  for (const { key, value } of labelsOf(subject)) {
    const text = value?.value ?? "";
    if (!Object.hasOwn(schema, key.value) || schema[key.value] !== format) continue;
    if (value === undefined || text === "" || text.includes("$") || pattern.test(text)) continue;
    yield { range: value.range, message: `label ${key.value} is no ${wanted}: ${text}` };
  }
}
