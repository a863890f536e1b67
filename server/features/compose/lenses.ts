import { entriesOf, entry, type TreeNode } from "../../../runtime/model/compose/tree.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";

/** Something that can be done, shown above a key; the editor's extension knows the command. */
export interface Lens {
  readonly range: OffsetRange;
  readonly title: string;
  readonly command: string;
  /** Undefined: the whole project. */
  readonly service: string | undefined;
}

const COMMANDS = [
  ["Up", "berth.compose.up"],
  ["Logs", "berth.compose.logs"],
  ["Restart", "berth.compose.restart"],
  ["Down", "berth.compose.down"],
] as const;

/** Up, logs, restart and down above `services`; all but down above each service. */
export function lensesOfCompose(root: TreeNode | undefined): readonly Lens[] {
  const services = entry(root, "services");
  if (services === undefined) return [];
  const lenses: Lens[] = [];
  const add = (range: OffsetRange, service: string | undefined): void => {
    for (const [title, command] of COMMANDS) {
      if (service !== undefined && command === "berth.compose.down") continue;
      lenses.push({ range, title: service === undefined ? `${title} all` : title, command, service });
    }
  };
  add(services.keyPlace.range, undefined);
  for (const { key, keyPlace } of entriesOf(services.value)) add(keyPlace.range, key);
  return lenses;
}
