import { nearestWord } from "../../../compose/nearest-word.ts";
import { textOf } from "../../../compose/tree.ts";
import { replaceFix } from "../../rule.ts";
import { localBuilds } from "../build-file.ts";
import { rangeHere } from "../placed.ts";
import type { ComposeRule } from "../rule.ts";
import { stageNames } from "../stage-names.ts";

export const undefinedStage: ComposeRule = {
  name: "undefined-stage",
  codes: [],
  summary: "Build targets are stages of the Dockerfile",
  documentation:
    "`target` names the stage that is built, by its name (`FROM … AS name`) or its number from 0.",
  severity: "error",
  scope: "file",
  *check(subject) {
    for (const { dockerfilePath, inline, target, service } of localBuilds(subject)) {
      const range = target === undefined ? undefined : rangeHere(subject.path, target);
      const wanted = textOf(target);
      if (range === undefined || wanted === undefined || wanted === "") continue;
      const text = inline ?? (dockerfilePath === undefined ? undefined : subject.textOf(dockerfilePath));
      if (text === undefined) continue;
      const { names, count } = stageNames(text);
      const isNumber = /^\d+$/.test(wanted) && Number(wanted) < count;
      if (isNumber || names.includes(wanted.toLowerCase())) continue;
      const nearest = nearestWord(wanted, names);
      const hint = nearest === undefined ? "" : `: did you mean "${nearest}"?`;
      yield {
        range,
        message: `service "${service}": the Dockerfile has no stage "${wanted}"${hint}`,
        fixes: nearest === undefined ? [] : [replaceFix(`Change to "${nearest}"`, range, nearest, false)],
      };
    }
  },
};
