import { entriesOf, entry, type TreeNode } from "../../../runtime/model/compose/tree.ts";
import type { EngineService } from "../../../runtime/model/engine-facts.ts";

export interface StateHint {
  readonly offset: number;
  readonly label: string;
  readonly tooltip: string;
}

/** Behind each service's name and colon: what its containers do. Services without a container have no hint. */
export function serviceStates(
  text: string,
  root: TreeNode | undefined,
  project: string,
  services: readonly EngineService[],
): readonly StateHint[] {
  return entriesOf(entry(root, "services")?.value).flatMap(({ key, keyPlace }) => {
    const own = services.filter((each) => each.project === project && each.service === key);
    if (own.length === 0) return [];
    const counts = new Map<string, number>();
    for (const each of own) counts.set(stateOf(each), (counts.get(stateOf(each)) ?? 0) + 1);
    const label = [...counts]
      .map(([state, count]) => (own.length === 1 ? state : `${count} ${state}`))
      .join(", ");
    const tooltip = own.map(({ engine, status }) => `${engine}: ${status}`).join("\n");
    return [{ offset: text.indexOf(":", keyPlace.range.end) + 1, label, tooltip }];
  });
}

/** `running`, `healthy`, `unhealthy`, `starting`, `exited 1`: the one word that matters. */
function stateOf({ state, status }: EngineService): string {
  const [, code] = /^Exited \((\d+)\)/.exec(status) ?? [];
  if (state === "exited" && code !== undefined) return `exited ${code}`;
  const [, health] = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status) ?? [];
  return state === "running" && health !== undefined ? health : state;
}
