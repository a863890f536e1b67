import { child, textOf } from "../../../compose/tree.ts";
import { replaceFix } from "../../rule.ts";
import type { ComposeRule } from "../rule.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Source: Compose specification, "container_name". */
export const containerName: ComposeRule = {
  name: "container-name",
  codes: ["service-container-name-regex"],
  summary: "Container names have the form engines accept",
  documentation:
    "A name begins with a letter or digit and goes on with at least one letter, digit, `_`, `.` or `-`. The engine refuses any other.",
  severity: "error",
  scope: "service",
  *check({ node }) {
    const name = child(node, "container_name");
    const text = textOf(name);
    if (name === undefined || text === undefined || text.includes("$") || NAME.test(text)) return;
    const proper = text.replace(/[^a-zA-Z0-9_.-]+/g, "-").replace(/^[_.-]+/, "");
    const fixes = NAME.test(proper)
      ? [replaceFix(`Change to ${proper}`, name.place.range, proper, false)]
      : [];
    yield {
      range: name.place.range,
      message: `"${text}" is no container name: letters, digits, "_", "." and "-", at least two, the first a letter or digit`,
      fixes,
    };
  },
};
