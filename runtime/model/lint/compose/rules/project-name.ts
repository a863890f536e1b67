import { entry } from "../../../compose/tree.ts";
import { insertFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

export const projectNameRule: ComposeRule = {
  name: "project-name",
  codes: ["require-project-name-field"],
  summary: "The project has a name",
  documentation:
    "Without `name` the project is called like its directory, and two checkouts in directories of the same name are one project. Off by default.",
  severity: "off",
  scope: "file",
  *check({ root, load, path }) {
    const isMain = load.project.files[0] === path;
    if (entry(root, "name") !== undefined || !isMain) return;
    const first = root.entries[0]?.keyPlace.range;
    if (first === undefined) return;
    const { name } = load.project;
    yield {
      range: first,
      message: `the project has no name: it is called "${name}" like its directory`,
      fixes: [insertFix(`Name the project ${name}`, first.start, `name: ${name}\n`, false)],
    };
  },
};
