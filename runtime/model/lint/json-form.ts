import type { Instruction } from "../dockerfile/types.ts";
import type { OffsetRange } from "../text/problem.ts";

/** Instructions that take a JSON array or, where it is none, read the text as something else. */
const JSON_FORM = new Set(["CMD", "ENTRYPOINT", "RUN", "SHELL", "VOLUME", "HEALTHCHECK", "COPY", "ADD"]);

/**
 * Arguments that would be a JSON array but for their single quotes: where they stand and the array as JSON.
 * Mixed quotes count too. Undefined where the text is anything else, a shell's `[ -f x ]` for example.
 */
export function singleQuotedJson(
  text: string,
  instruction: Instruction,
): { readonly range: OffsetRange; readonly json: string } | undefined {
  if (!JSON_FORM.has(instruction.name) || instruction.heredocs.length > 0) return undefined;
  const after = Math.max(instruction.keyword.range.end, ...instruction.flags.map(({ range }) => range.end));
  const body = text.slice(after, instruction.range.end);
  const match = /^(\s*(?:CMD\s+)?)(\[.*\])\s*$/is.exec(body);
  if (match === null) return undefined;
  const items = singleQuotedItems(match[2]!);
  if (items === undefined) return undefined;
  const start = after + match[1]!.length;
  return {
    range: { start, end: start + match[2]!.length },
    json: `[${items.map((item) => JSON.stringify(item)).join(", ")}]`,
  };
}

function singleQuotedItems(array: string): string[] | undefined {
  if (!array.includes("'")) return undefined;
  const items: string[] = [];
  const item = /\s*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")\s*(,|\]$)/y;
  item.lastIndex = 1;
  for (let match = item.exec(array); match !== null; match = item.exec(array)) {
    items.push(match[1] ?? match[2]!.replace(/\\(["\\])/g, "$1"));
    if (match[3] === "]") return /'/.test(array.replace(/"(?:[^"\\]|\\.)*"/g, "")) ? items : undefined;
  }
  return undefined;
}
