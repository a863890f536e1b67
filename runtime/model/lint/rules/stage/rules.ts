import type { Rule } from "../../rule.ts";
import { absoluteWorkdir } from "./absolute-workdir.ts";
import { envSelfReference } from "./env-self-reference.ts";
import { exposeFormat } from "./expose-format.ts";
import { exposeProtocolCasing } from "./expose-protocol-casing.ts";
import { healthcheckMissing } from "./healthcheck-missing.ts";
import { jsonCommand } from "./json-command.ts";
import { labelEmail } from "./label-email.ts";
import { labelEmpty } from "./label-empty.ts";
import { labelHash } from "./label-hash.ts";
import { labelKey } from "./label-key.ts";
import { labelLicense } from "./label-license.ts";
import { labelMissing } from "./label-missing.ts";
import { labelSuperfluous } from "./label-superfluous.ts";
import { labelTime } from "./label-time.ts";
import { labelUrl } from "./label-url.ts";
import { labelVersion } from "./label-version.ts";
import { lastUserRoot } from "./last-user-root.ts";
import { legacyKeyValue } from "./legacy-key-value.ts";
import { noSecrets } from "./no-secrets.ts";
import { numericUser } from "./numeric-user.ts";
import { pipefail } from "./pipefail.ts";
import { shellLink } from "./shell-link.ts";
import { singleInstruction } from "./single-instruction.ts";
import { singleQuotedJsonForm } from "./single-quoted-json.ts";
import { undefinedVariable } from "./undefined-variable.ts";
import { validPort } from "./valid-port.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const stageRules: readonly Rule[] = [
  absoluteWorkdir,
  envSelfReference,
  exposeFormat,
  exposeProtocolCasing,
  healthcheckMissing,
  jsonCommand,
  labelEmail,
  labelEmpty,
  labelHash,
  labelKey,
  labelLicense,
  labelMissing,
  labelSuperfluous,
  labelTime,
  labelUrl,
  labelVersion,
  lastUserRoot,
  legacyKeyValue,
  noSecrets,
  numericUser,
  pipefail,
  shellLink,
  singleInstruction,
  singleQuotedJsonForm,
  undefinedVariable,
  validPort,
];
