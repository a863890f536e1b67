import type { Rule } from "./rule.ts";
import { addArchive } from "./rules/copy/add-archive.ts";
import { copyDirectorySlash } from "./rules/copy/copy-directory-slash.ts";
import { copyFromItself } from "./rules/copy/copy-from-itself.ts";
import { copyFromKnownStage } from "./rules/copy/copy-from-known-stage.ts";
import { copyIgnoredFile } from "./rules/copy/copy-ignored-file.ts";
import { copyInsteadOfAdd } from "./rules/copy/copy-instead-of-add.ts";
import { copyRelativeDestination } from "./rules/copy/copy-relative-destination.ts";
import { copyWholeFilesystem } from "./rules/copy/copy-whole-filesystem.ts";
import { consistentInstructionCasing } from "./rules/file/consistent-instruction-casing.ts";
import { definitionDescription } from "./rules/file/definition-description.ts";
import { maintainerDeprecated } from "./rules/file/maintainer-deprecated.ts";
import { noEmptyContinuation } from "./rules/file/no-empty-continuation.ts";
import { noInlineIgnore } from "./rules/file/no-inline-ignore.ts";
import { allowedRegistry } from "./rules/from/allowed-registry.ts";
import { fromAsCasing } from "./rules/from/from-as-casing.ts";
import { invalidDefaultArgInFrom } from "./rules/from/invalid-default-arg-in-from.ts";
import { noConstantPlatform } from "./rules/from/no-constant-platform.ts";
import { noLatestBaseImage } from "./rules/from/no-latest-base-image.ts";
import { pinBaseImage } from "./rules/from/pin-base-image.ts";
import { redundantTargetPlatform } from "./rules/from/redundant-target-platform.ts";
import { reservedStageName } from "./rules/from/reserved-stage-name.ts";
import { stageNameCasing } from "./rules/from/stage-name-casing.ts";
import { undefinedArgInFrom } from "./rules/from/undefined-arg-in-from.ts";
import { apkNoCache } from "./rules/run/apk-no-cache.ts";
import { aptAssumeYes } from "./rules/run/apt-assume-yes.ts";
import { aptNoRecommends } from "./rules/run/apt-no-recommends.ts";
import { cdUnchecked } from "./rules/run/cd-unchecked.ts";
import { cleanAptLists } from "./rules/run/clean-apt-lists.ts";
import { cleanDnf } from "./rules/run/clean-dnf.ts";
import { cleanYarn } from "./rules/run/clean-yarn.ts";
import { cleanYum } from "./rules/run/clean-yum.ts";
import { cleanZypper } from "./rules/run/clean-zypper.ts";
import { dnfAssumeYes } from "./rules/run/dnf-assume-yes.ts";
import { exitCodeMasked } from "./rules/run/exit-code-masked.ts";
import { mergeRuns } from "./rules/run/merge-runs.ts";
import { noApt } from "./rules/run/no-apt.ts";
import { noDistUpgrade } from "./rules/run/no-dist-upgrade.ts";
import { noSudo } from "./rules/run/no-sudo.ts";
import { noUselessProgram } from "./rules/run/no-useless-program.ts";
import { pinApk } from "./rules/run/pin-apk.ts";
import { pinApt } from "./rules/run/pin-apt.ts";
import { pinDnf } from "./rules/run/pin-dnf.ts";
import { pinGem } from "./rules/run/pin-gem.ts";
import { pinGo } from "./rules/run/pin-go.ts";
import { pinNpm } from "./rules/run/pin-npm.ts";
import { pinPip } from "./rules/run/pin-pip.ts";
import { pinYum } from "./rules/run/pin-yum.ts";
import { pinZypper } from "./rules/run/pin-zypper.ts";
import { pipNoCache } from "./rules/run/pip-no-cache.ts";
import { rmEmptyVariable } from "./rules/run/rm-empty-variable.ts";
import { setEMissing } from "./rules/run/set-e-missing.ts";
import { useraddNoLogInit } from "./rules/run/useradd-no-log-init.ts";
import { wgetOrCurl } from "./rules/run/wget-or-curl.ts";
import { wgetProgress } from "./rules/run/wget-progress.ts";
import { workdirInsteadOfCd } from "./rules/run/workdir-instead-of-cd.ts";
import { yumAssumeYes } from "./rules/run/yum-assume-yes.ts";
import { zypperNonInteractive } from "./rules/run/zypper-non-interactive.ts";
import { absoluteWorkdir } from "./rules/stage/absolute-workdir.ts";
import { envSelfReference } from "./rules/stage/env-self-reference.ts";
import { exposeFormat } from "./rules/stage/expose-format.ts";
import { exposeProtocolCasing } from "./rules/stage/expose-protocol-casing.ts";
import { healthcheckMissing } from "./rules/stage/healthcheck-missing.ts";
import { jsonCommand } from "./rules/stage/json-command.ts";
import { labelEmail } from "./rules/stage/label-email.ts";
import { labelEmpty } from "./rules/stage/label-empty.ts";
import { labelHash } from "./rules/stage/label-hash.ts";
import { labelKey } from "./rules/stage/label-key.ts";
import { labelLicense } from "./rules/stage/label-license.ts";
import { labelMissing } from "./rules/stage/label-missing.ts";
import { labelSuperfluous } from "./rules/stage/label-superfluous.ts";
import { labelTime } from "./rules/stage/label-time.ts";
import { labelUrl } from "./rules/stage/label-url.ts";
import { labelVersion } from "./rules/stage/label-version.ts";
import { lastUserRoot } from "./rules/stage/last-user-root.ts";
import { legacyKeyValue } from "./rules/stage/legacy-key-value.ts";
import { noSecrets } from "./rules/stage/no-secrets.ts";
import { numericUser } from "./rules/stage/numeric-user.ts";
import { pipefail } from "./rules/stage/pipefail.ts";
import { shellLink } from "./rules/stage/shell-link.ts";
import { singleInstruction } from "./rules/stage/single-instruction.ts";
import { singleQuotedJsonForm } from "./rules/stage/single-quoted-json.ts";
import { undefinedVariable } from "./rules/stage/undefined-variable.ts";
import { validPort } from "./rules/stage/valid-port.ts";

/** All rules for Dockerfiles; a new one is a file and a line here. */
export const dockerfileRules: readonly Rule[] = [
  addArchive,
  copyDirectorySlash,
  copyFromItself,
  copyFromKnownStage,
  copyIgnoredFile,
  copyInsteadOfAdd,
  copyRelativeDestination,
  copyWholeFilesystem,
  consistentInstructionCasing,
  definitionDescription,
  maintainerDeprecated,
  noEmptyContinuation,
  noInlineIgnore,
  allowedRegistry,
  fromAsCasing,
  invalidDefaultArgInFrom,
  noConstantPlatform,
  noLatestBaseImage,
  pinBaseImage,
  redundantTargetPlatform,
  reservedStageName,
  stageNameCasing,
  undefinedArgInFrom,
  apkNoCache,
  aptAssumeYes,
  aptNoRecommends,
  cdUnchecked,
  exitCodeMasked,
  rmEmptyVariable,
  setEMissing,
  cleanAptLists,
  cleanDnf,
  cleanYarn,
  cleanYum,
  cleanZypper,
  dnfAssumeYes,
  mergeRuns,
  noApt,
  noDistUpgrade,
  noSudo,
  noUselessProgram,
  pinApk,
  pinApt,
  pinDnf,
  pinGem,
  pinGo,
  pinNpm,
  pinPip,
  pinYum,
  pinZypper,
  pipNoCache,
  useraddNoLogInit,
  wgetOrCurl,
  wgetProgress,
  workdirInsteadOfCd,
  yumAssumeYes,
  zypperNonInteractive,
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
