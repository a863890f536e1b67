import type { NetworkInspect } from "../../runtime/api/types/network.ts";
import { printTooltip, shortId } from "./text.ts";
import type { TreeNode } from "./tree-node.ts";

/** The three every engine has, which cannot be removed. */
const builtIn = new Set(["bridge", "host", "none"]);

/** The rows of one engine's networks: the user's own by name, then the built-in ones. */
export function networkNodes(connectionId: string, networks: readonly NetworkInspect[]): TreeNode[] {
  const isBuiltIn = (network: NetworkInspect) => builtIn.has(network.Name);
  return [...networks]
    .sort(
      (left, right) =>
        Number(isBuiltIn(left)) - Number(isBuiltIn(right)) || left.Name.localeCompare(right.Name),
    )
    .map((network) => {
      const subnets = (network.IPAM?.Config ?? []).flatMap((pool) => pool.Subnet ?? []);
      return {
        id: `network:${network.Id}`,
        connectionId,
        item: { kind: "network", network },
        label: network.Name,
        description: [network.Driver, ...subnets, network.Internal ? "internal" : ""]
          .filter((each) => each !== "")
          .join(" · "),
        tooltip: printTooltip(network.Name, [
          ["id", shortId(network.Id)],
          ["driver", network.Driver],
          ["scope", network.Scope],
          ["subnets", subnets.join(", ")],
          ["gateway", (network.IPAM?.Config ?? []).flatMap((pool) => pool.Gateway ?? []).join(", ")],
        ]),
        icon: { name: "type-hierarchy" },
        context: isBuiltIn(network) ? "network.builtin" : "network.custom",
      };
    });
}
