import { addCases } from "./add.cases.ts";
import type { BuildCase } from "./case.ts";
import { configurationCases } from "./configuration.cases.ts";
import { copyCases } from "./copy.cases.ts";
import { environmentCases } from "./environment.cases.ts";
import { ignoreCases } from "./ignore.cases.ts";
import { runCases } from "./run.cases.ts";

/** The corpus: Dockerfiles by what they are about. */
export const groups: Readonly<Record<string, readonly BuildCase[]>> = {
  configuration: configurationCases,
  environment: environmentCases,
  copy: copyCases,
  add: addCases,
  run: runCases,
  ignore: ignoreCases,
};
