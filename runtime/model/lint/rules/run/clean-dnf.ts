import { type CleanUp, uncleaned } from "../../clean-up.ts";
import { DNF } from "../../install.ts";
import type { Rule } from "../../rule.ts";

const DNF_CACHE: CleanUp = {
  program: "dnf",
  verb: "clean",
  directory: "/var/cache/",
  command: "dnf clean all",
};

export const cleanDnf: Rule = {
  name: "clean-dnf",
  codes: ["DL3040"],
  summary: "dnf's cache is removed in the RUN that filled it.",
  documentation: "`dnf clean all` in a later RUN saves nothing: the layer holds the cache already.",
  severity: "warning",
  check: (subject) => uncleaned(subject, DNF, DNF_CACHE),
};
