import type { Rule } from "../../rule.ts";
import { allowedRegistry } from "./allowed-registry.ts";
import { duplicateStageName } from "./duplicate-stage-name.ts";
import { fromAsCasing } from "./from-as-casing.ts";
import { invalidDefaultArgInFrom } from "./invalid-default-arg-in-from.ts";
import { noConstantPlatform } from "./no-constant-platform.ts";
import { noLatestBaseImage } from "./no-latest-base-image.ts";
import { pinBaseImage } from "./pin-base-image.ts";
import { redundantTargetPlatform } from "./redundant-target-platform.ts";
import { reservedStageName } from "./reserved-stage-name.ts";
import { stageNameCasing } from "./stage-name-casing.ts";
import { undefinedArgInFrom } from "./undefined-arg-in-from.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const fromRules: readonly Rule[] = [
  allowedRegistry,
  duplicateStageName,
  fromAsCasing,
  invalidDefaultArgInFrom,
  noConstantPlatform,
  noLatestBaseImage,
  pinBaseImage,
  redundantTargetPlatform,
  reservedStageName,
  stageNameCasing,
  undefinedArgInFrom,
];
