import { child, type Entry, entriesOf, type TreeNode } from "../../../runtime/model/compose/tree.ts";
import { printEffective } from "./effective.ts";

/** A hint behind a key. */
export interface InheritedHint {
  readonly offset: number;
  readonly label: string;
  /** Markdown. */
  readonly tooltip: string;
}

/** Behind each service: which keys it has from what it extends, from other files and from merge keys. */
export function inheritedHints(
  root: TreeNode | undefined,
  merged: TreeNode,
  file: string,
): readonly InheritedHint[] {
  return entriesOf(child(root, "services")).flatMap((service): readonly InheritedHint[] => {
    const effective = child(child(merged, "services"), service.key);
    const foreign = entriesOf(effective).filter((entry) => !isOwn(service, entry, file));
    if (foreign.length === 0) return [];
    const names = foreign.map(({ key }) => key).join(", ");
    const text = foreign
      .map(({ key, value }) => (value.kind === "scalar" ? `${key}: ` : `${key}:\n`) + indented(value, file))
      .join("\n");
    return [
      {
        offset: service.keyPlace.range.end + 1,
        label: `+ ${names.length > 56 ? `${foreign.length} keys` : names}`,
        tooltip: `Inherited:\n\`\`\`yaml\n${text}\n\`\`\``,
      },
    ];
  });
}

function indented(value: TreeNode, file: string): string {
  const text = printEffective(value, file);
  return value.kind === "scalar" ? text : text.replace(/^/gm, "  ");
}

function isOwn({ keyPlace, value }: Entry, { keyPlace: at }: Entry, file: string): boolean {
  if (at.file !== file) return false;
  return (
    keyPlace.range.start <= at.range.start &&
    at.range.end <= Math.max(value.place.range.end, keyPlace.range.end)
  );
}
