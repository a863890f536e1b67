import { type CleanUp, uncleaned } from "../../clean-up.ts";
import { YUM } from "../../install.ts";
import type { Rule } from "../../rule.ts";

const YUM_CACHE: CleanUp = {
  program: "yum",
  verb: "clean",
  directory: "/var/cache/yum",
  command: "yum clean all",
};

export const cleanYum: Rule = {
  name: "clean-yum",
  codes: ["DL3032"],
  summary: "yum's cache is removed in the RUN that filled it.",
  documentation: "`yum clean all` in a later RUN saves nothing: the layer holds the cache already.",
  severity: "warning",
  check: (subject) => uncleaned(subject, YUM, YUM_CACHE),
};
