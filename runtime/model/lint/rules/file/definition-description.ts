import type { Rule } from "../../rule.ts";

export const definitionDescription: Rule = {
  name: "definition-description",
  codes: ["InvalidDefinitionDescription"],
  summary: "A comment right above a stage or ARG begins with its name.",
  documentation:
    "`# NAME what it is for` above a `FROM … AS NAME` or `ARG NAME` is shown by build tools as its description. Off by default, as in BuildKit.",
  severity: "off",
  *check({ tree }) {
    for (const instruction of tree.instructions) {
      const name =
        instruction.name === "ARG"
          ? instruction.pairs[0]?.key.value
          : instruction.name === "FROM"
            ? instruction.alias?.value
            : undefined;
      if (name === undefined) continue;
      const above = tree.comments.find(
        ({ start, end }) =>
          end <= instruction.range.start &&
          /^\s*\n?[ \t]*$/.test(tree.text.slice(end, instruction.range.start)) &&
          tree.text.slice(start, end).trim() !== "#",
      );
      if (above === undefined || /\n\s*\n/.test(tree.text.slice(above.end, instruction.range.start)))
        continue;
      const comment = tree.text.slice(above.start, above.end).replace(/^\s*#\s*/, "");
      if (comment.startsWith(`${name} `) || /^(?:check|hadolint|syntax|escape)\b/.test(comment)) continue;
      yield { range: above, message: `the comment should begin with ${name}, or be parted by an empty line` };
    }
  },
};
