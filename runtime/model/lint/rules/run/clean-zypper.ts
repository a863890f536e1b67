import { type CleanUp, uncleaned } from "../../clean-up.ts";
import { ZYPPER } from "../../install.ts";
import type { Rule } from "../../rule.ts";

const ZYPPER_CACHE: CleanUp = {
  program: "zypper",
  verb: "clean",
  directory: "/var/cache/zypp",
  command: "zypper clean --all",
};

export const cleanZypper: Rule = {
  name: "clean-zypper",
  codes: ["DL3036"],
  summary: "zypper's cache is removed in the RUN that filled it.",
  documentation: "`zypper clean` in a later RUN saves nothing: the layer holds the cache already.",
  severity: "warning",
  check: (subject) => uncleaned(subject, ZYPPER, ZYPPER_CACHE),
};
