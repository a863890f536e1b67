import type { Rule } from "./rule.ts";
import { copyRules } from "./rules/copy/rules.ts";
import { fileRules } from "./rules/file/rules.ts";
import { fromRules } from "./rules/from/rules.ts";
import { runRules } from "./rules/run/rules.ts";
import { stageRules } from "./rules/stage/rules.ts";
import { syntaxRules } from "./rules/syntax/rules.ts";

/** All rules for Dockerfiles. */
export const dockerfileRules: readonly Rule[] = [
  ...syntaxRules,
  ...fileRules,
  ...fromRules,
  ...stageRules,
  ...copyRules,
  ...runRules,
];
