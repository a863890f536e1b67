import type { ProgressMessage } from "../../../runtime/api/types/image.ts";

/** Turns the messages of a pull or build into lines: of a layer's many messages only those with a new status. */
export function createProgressText(): (message: ProgressMessage) => string {
  const statusOf = new Map<string, string>();
  return (message) => {
    if (message.stream !== undefined) return message.stream;
    if (message.status === undefined) return "";
    if (message.id === undefined) return `${message.status}\n`;
    if (statusOf.get(message.id) === message.status) return "";
    statusOf.set(message.id, message.status);
    return `${message.id}: ${message.status}\n`;
  };
}

/** How much of a pull is done, over all layers of which the size is known. */
export function createPullSummary(): (message: ProgressMessage) => string {
  const layers = new Map<string, { current: number; total: number }>();
  return (message) => {
    const { current, total } = message.progressDetail ?? {};
    if (message.id !== undefined && total !== undefined && total > 0 && message.status === "Downloading") {
      layers.set(message.id, { current: current ?? 0, total });
    }
    const layer = layers.get(message.id ?? "");
    if (layer !== undefined && /^(Download complete|Extracting|Pull complete)$/.test(message.status ?? "")) {
      layers.set(message.id ?? "", { ...layer, current: layer.total });
    }
    const allBytes = [...layers.values()].reduce((sum, each) => sum + each.total, 0);
    const doneBytes = [...layers.values()].reduce((sum, each) => sum + each.current, 0);
    const status = message.status ?? "";
    return allBytes === 0 ? status : `${Math.floor((100 * doneBytes) / allBytes)} % · ${status}`;
  };
}
