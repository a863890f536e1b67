import type { Rule } from "../../rule.ts";
import { consistentInstructionCasing } from "./consistent-instruction-casing.ts";
import { definitionDescription } from "./definition-description.ts";
import { maintainerDeprecated } from "./maintainer-deprecated.ts";
import { noEmptyContinuation } from "./no-empty-continuation.ts";
import { noInlineIgnore } from "./no-inline-ignore.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const fileRules: readonly Rule[] = [
  consistentInstructionCasing,
  definitionDescription,
  maintainerDeprecated,
  noEmptyContinuation,
  noInlineIgnore,
];
