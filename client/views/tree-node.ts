import type { ContainerSummary } from "../../runtime/api/types/container.ts";
import type { ImageSummary } from "../../runtime/api/types/image.ts";
import type { NetworkInspect } from "../../runtime/api/types/network.ts";
import type { Volume } from "../../runtime/api/types/volume.ts";

/** What a row of a tree stands for; commands act on it. */
export type TreeItem =
  | { readonly kind: "connection" }
  | { readonly kind: "project"; readonly project: string; readonly containers: readonly ContainerSummary[] }
  | { readonly kind: "container"; readonly container: ContainerSummary }
  /** One tag of an image; `reference` is the id for an image without tags. */
  | { readonly kind: "image"; readonly image: ImageSummary; readonly reference: string }
  | { readonly kind: "volume"; readonly volume: Volume }
  | { readonly kind: "network"; readonly network: NetworkInspect }
  /** A sentence in the place of rows. */
  | { readonly kind: "notice" };

/** A row of a tree as data; the editor's objects are made of it at the very end. */
export interface TreeNode {
  /** Unique in its view, stable while the thing exists. */
  readonly id: string;
  readonly connectionId: string;
  readonly item: TreeItem;
  readonly label: string;
  readonly description?: string;
  /** Markdown. */
  readonly tooltip?: string;
  /** Name of a product icon, and a theme colour. */
  readonly icon: { readonly name: string; readonly color?: string };
  /** What menus match on: words between dots, `container.running.published`. */
  readonly context: string;
  /** Undefined for a leaf. */
  readonly children?: readonly TreeNode[];
  /** A command to run when the row is clicked. */
  readonly command?: string;
}
