import type { Rule } from "../../rule.ts";
import { addArchive } from "./add-archive.ts";
import { copyDirectorySlash } from "./copy-directory-slash.ts";
import { copyFromItself } from "./copy-from-itself.ts";
import { copyFromKnownStage } from "./copy-from-known-stage.ts";
import { copyIgnoredFile } from "./copy-ignored-file.ts";
import { copyInsteadOfAdd } from "./copy-instead-of-add.ts";
import { copyRelativeDestination } from "./copy-relative-destination.ts";
import { copySourceMissing } from "./copy-source-missing.ts";
import { copyWholeFilesystem } from "./copy-whole-filesystem.ts";

/** A new rule is a file, a line here, and its cases in `cases.txt`. */
export const copyRules: readonly Rule[] = [
  addArchive,
  copyDirectorySlash,
  copyFromItself,
  copyFromKnownStage,
  copyIgnoredFile,
  copyInsteadOfAdd,
  copyRelativeDestination,
  copyWholeFilesystem,
  copySourceMissing,
];
