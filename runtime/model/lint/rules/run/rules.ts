import type { Rule } from "../../rule.ts";
import { apkNoCache } from "./apk-no-cache.ts";
import { aptAssumeYes } from "./apt-assume-yes.ts";
import { aptNoRecommends } from "./apt-no-recommends.ts";
import { cdUnchecked } from "./cd-unchecked.ts";
import { cleanAptLists } from "./clean-apt-lists.ts";
import { cleanDnf } from "./clean-dnf.ts";
import { cleanYarn } from "./clean-yarn.ts";
import { cleanYum } from "./clean-yum.ts";
import { cleanZypper } from "./clean-zypper.ts";
import { dnfAssumeYes } from "./dnf-assume-yes.ts";
import { exitCodeMasked } from "./exit-code-masked.ts";
import { mergeRuns } from "./merge-runs.ts";
import { noApt } from "./no-apt.ts";
import { noDistUpgrade } from "./no-dist-upgrade.ts";
import { noSudo } from "./no-sudo.ts";
import { noUselessProgram } from "./no-useless-program.ts";
import { pinApk } from "./pin-apk.ts";
import { pinApt } from "./pin-apt.ts";
import { pinDnf } from "./pin-dnf.ts";
import { pinGem } from "./pin-gem.ts";
import { pinGo } from "./pin-go.ts";
import { pinNpm } from "./pin-npm.ts";
import { pinPip } from "./pin-pip.ts";
import { pinYum } from "./pin-yum.ts";
import { pinZypper } from "./pin-zypper.ts";
import { pipNoCache } from "./pip-no-cache.ts";
import { quoteVariable } from "./quote-variable.ts";
import { rmEmptyVariable } from "./rm-empty-variable.ts";
import { setEMissing } from "./set-e-missing.ts";
import { spacedAssignment } from "./spaced-assignment.ts";
import { uselessCat } from "./useless-cat.ts";
import { useraddNoLogInit } from "./useradd-no-log-init.ts";
import { wgetOrCurl } from "./wget-or-curl.ts";
import { wgetProgress } from "./wget-progress.ts";
import { workdirInsteadOfCd } from "./workdir-instead-of-cd.ts";
import { yumAssumeYes } from "./yum-assume-yes.ts";
import { zypperNonInteractive } from "./zypper-non-interactive.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const runRules: readonly Rule[] = [
  apkNoCache,
  aptAssumeYes,
  aptNoRecommends,
  cdUnchecked,
  cleanAptLists,
  cleanDnf,
  cleanYarn,
  cleanYum,
  cleanZypper,
  dnfAssumeYes,
  exitCodeMasked,
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
  rmEmptyVariable,
  setEMissing,
  useraddNoLogInit,
  wgetOrCurl,
  wgetProgress,
  workdirInsteadOfCd,
  yumAssumeYes,
  zypperNonInteractive,
  uselessCat,
  spacedAssignment,
  quoteVariable,
];
