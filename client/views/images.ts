import type { ImageSummary } from "../../runtime/api/types/image.ts";
import { printAge, printSize, printTooltip, shortId } from "./text.ts";
import type { TreeNode } from "./tree-node.ts";

const noTag = "<none>:<none>";

/** The rows of one engine's images: one per tag, by name; images without a tag last. `nowSeconds` is Unix time. */
export function imageNodes(
  connectionId: string,
  images: readonly ImageSummary[],
  nowSeconds: number,
): TreeNode[] {
  const tagged: TreeNode[] = [];
  const dangling: TreeNode[] = [];
  for (const image of images) {
    const tags = (image.RepoTags ?? []).filter((tag) => tag !== noTag);
    for (const tag of tags) tagged.push(imageNode(connectionId, image, tag, nowSeconds));
    if (tags.length === 0) dangling.push(danglingNode(connectionId, image, nowSeconds));
  }
  tagged.sort((left, right) => left.label.localeCompare(right.label));
  return [...tagged, ...dangling];
}

function imageNode(
  connectionId: string,
  image: ImageSummary,
  reference: string,
  nowSeconds: number,
): TreeNode {
  return {
    id: `image:${image.Id}:${reference}`,
    connectionId,
    item: { kind: "image", image, reference },
    label: reference,
    description: describe(image, nowSeconds),
    tooltip: tooltip(reference, image),
    icon: { name: "package" },
    context: "image.tagged",
  };
}

function danglingNode(connectionId: string, image: ImageSummary, nowSeconds: number): TreeNode {
  const digest = image.RepoDigests?.find((each) => !each.startsWith("<none>"));
  return {
    id: `image:${image.Id}`,
    connectionId,
    item: { kind: "image", image, reference: image.Id },
    label: digest?.replace(/@.*/, "") ?? shortId(image.Id),
    description: `no tag · ${describe(image, nowSeconds)}`,
    tooltip: tooltip(shortId(image.Id), image),
    icon: { name: "package", color: "disabledForeground" },
    context: "image.dangling",
  };
}

function describe(image: ImageSummary, nowSeconds: number): string {
  return `${printSize(image.Size)} · ${printAge(image.Created, nowSeconds)}`;
}

function tooltip(title: string, image: ImageSummary): string {
  return printTooltip(title, [
    ["id", shortId(image.Id)],
    ["size", printSize(image.Size)],
    ["created", new Date(image.Created * 1000).toISOString()],
    ["tags", (image.RepoTags ?? []).join(", ")],
    ["digests", (image.RepoDigests ?? []).join(", ")],
  ]);
}
