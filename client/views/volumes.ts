import type { Volume } from "../../runtime/api/types/volume.ts";
import { printTooltip } from "./text.ts";
import type { TreeNode } from "./tree-node.ts";

/** The rows of one engine's volumes, by name. */
export function volumeNodes(connectionId: string, volumes: readonly Volume[]): TreeNode[] {
  return [...volumes]
    .sort((left, right) => left.Name.localeCompare(right.Name))
    .map((volume) => {
      const isAnonymous = /^[0-9a-f]{64}$/.test(volume.Name);
      const project = volume.Labels?.["com.docker.compose.project"];
      return {
        id: `volume:${volume.Name}`,
        connectionId,
        item: { kind: "volume", volume },
        label: isAnonymous ? volume.Name.slice(0, 12) : volume.Name,
        description: [
          isAnonymous ? "anonymous" : "",
          project ?? "",
          volume.Driver === "local" ? "" : volume.Driver,
        ]
          .filter((each) => each !== "")
          .join(" · "),
        tooltip: printTooltip(volume.Name, [
          ["driver", volume.Driver],
          ["on the host", volume.Mountpoint],
          ["created", volume.CreatedAt],
          [
            "labels",
            Object.entries(volume.Labels ?? {})
              .map(([key, value]) => `${key}=${value}`)
              .join(", "),
          ],
        ]),
        icon: { name: "database" },
        context: "volume",
      };
    });
}
