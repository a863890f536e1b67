import { modelRules } from "./model-rules.ts";
import type { ComposeRule, ModelRule } from "./rule.ts";
import { addedPorts } from "./rules/added-ports.ts";
import { boundPorts } from "./rules/bound-ports.ts";
import { buildAndImage } from "./rules/build-and-image.ts";
import { containerName } from "./rules/container-name.ts";
import { duplicateItem } from "./rules/duplicate-item.ts";
import { duplicateVariable } from "./rules/duplicate-variable.ts";
import { missingBindSource } from "./rules/missing-bind-source.ts";
import { missingContext } from "./rules/missing-context.ts";
import { missingDockerfile } from "./rules/missing-dockerfile.ts";
import { missingObjectFile } from "./rules/missing-object-file.ts";
import { orderedDependencies } from "./rules/ordered-dependencies.ts";
import { orderedKeys } from "./rules/ordered-keys.ts";
import { orderedPorts } from "./rules/ordered-ports.ts";
import { orderedSections } from "./rules/ordered-sections.ts";
import { orderedServices } from "./rules/ordered-services.ts";
import { pinImage } from "./rules/pin-image.ts";
import { plainSecret } from "./rules/plain-secret.ts";
import { plainVolumes } from "./rules/plain-volumes.ts";
import { portInUse } from "./rules/port-in-use.ts";
import { projectNameRule } from "./rules/project-name.ts";
import { quotedPorts } from "./rules/quoted-ports.ts";
import { shallowMerge } from "./rules/shallow-merge.ts";
import { undefinedStage } from "./rules/undefined-stage.ts";
import { unquotedPort } from "./rules/unquoted-port.ts";

/** All rules for Compose files beside what the project model finds itself; a new one is a file and a line here. */
export const composeRules: readonly ComposeRule[] = [
  addedPorts,
  boundPorts,
  buildAndImage,
  containerName,
  duplicateItem,
  duplicateVariable,
  missingBindSource,
  missingContext,
  missingDockerfile,
  missingObjectFile,
  orderedDependencies,
  orderedKeys,
  orderedPorts,
  orderedSections,
  orderedServices,
  pinImage,
  plainSecret,
  plainVolumes,
  portInUse,
  projectNameRule,
  quotedPorts,
  shallowMerge,
  undefinedStage,
  unquotedPort,
];

/** What is known of a problem that the project model, the YAML reader or the schema finds. */
export function modelRuleOf(code: string): ModelRule | undefined {
  return modelRules.get(code);
}

/** The rule of a problem in a Compose file, be it one of the linter or of the model. */
export function composeRuleOf(code: string): ModelRule | undefined {
  return composeRules.find(({ name }) => name === code) ?? modelRuleOf(code);
}
