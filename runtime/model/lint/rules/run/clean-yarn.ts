import { type CleanUp, uncleaned } from "../../clean-up.ts";
import type { Rule } from "../../rule.ts";

const YARN = { programs: ["yarn"], verbs: ["install", "add"], valueOptions: ["--cwd", "--modules-folder"] };
const YARN_CACHE: CleanUp = {
  program: "yarn",
  verb: "clean",
  directory: "/.cache",
  command: "yarn cache clean",
};

export const cleanYarn: Rule = {
  name: "clean-yarn",
  codes: ["DL3060"],
  summary: "yarn's cache is removed in the RUN that filled it.",
  documentation: "Add `yarn cache clean`, or a cache mount, to the RUN that installs.",
  severity: "info",
  check: (subject) => uncleaned(subject, YARN, YARN_CACHE),
};
