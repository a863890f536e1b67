import type { OffsetRange } from "../text/problem.ts";
import type { TreeNode } from "./tree.ts";

/** What an anchor stands for, and how much of a tree that is. */
export interface Anchored {
  readonly node: TreeNode;
  /** Values in it, aliases written out. */
  readonly count: number;
  /** Levels below it. */
  readonly height: number;
}

/** What a text is part of: where its ranges stand in the file, and the anchors that stand before it. */
export interface Surroundings {
  readonly rangeAt: (start: number, end: number) => OffsetRange;
  readonly anchor: (name: string) => Anchored | undefined;
}
