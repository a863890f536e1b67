import type { Rule } from "../../rule.ts";
import { baseImageReference } from "./base-image-reference.ts";
import { baseNameEmpty } from "./base-name-empty.ts";
import { directiveCasing } from "./directive-casing.ts";
import { escapeDirective } from "./escape-directive.ts";
import { exposePort } from "./expose-port.ts";
import { flagBoolean } from "./flag-boolean.ts";
import { flagDuration } from "./flag-duration.ts";
import { flagFrom } from "./flag-from.ts";
import { flagRepeated } from "./flag-repeated.ts";
import { flagRetries } from "./flag-retries.ts";
import { flagValueMissing } from "./flag-value-missing.ts";
import { openQuote } from "./open-quote.ts";
import { runFlagValues } from "./run-flag-values.ts";
import { stopSignal } from "./stop-signal.ts";
import { variableModifier } from "./variable-modifier.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const syntaxRules: readonly Rule[] = [
  baseImageReference,
  baseNameEmpty,
  directiveCasing,
  escapeDirective,
  exposePort,
  flagBoolean,
  flagDuration,
  flagFrom,
  flagRepeated,
  flagRetries,
  flagValueMissing,
  openQuote,
  runFlagValues,
  stopSignal,
  variableModifier,
];
