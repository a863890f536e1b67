import { isRemoteContext, resolvePath } from "../../compose/paths.ts";
import { child, entriesOf, type TreeNode, textOf } from "../../compose/tree.ts";
import type { ComposeSubject } from "./rule.ts";

/** A build of this machine's files. */
export interface LocalBuild {
  readonly service: string;
  /** The node of `context`, or of the build where it gives none. */
  readonly context: TreeNode;
  readonly directory: string;
  /** The node of `dockerfile`, if it is given. */
  readonly dockerfile: TreeNode | undefined;
  /** Absolute; undefined when the file itself has the Dockerfile. */
  readonly dockerfilePath: string | undefined;
  readonly inline: string | undefined;
  readonly target: TreeNode | undefined;
}

/** All builds of the project whose context is a directory of this machine. */
export function localBuilds({ load }: ComposeSubject): readonly LocalBuild[] {
  return entriesOf(child(load.tree, "services")).flatMap(({ key, value }): readonly LocalBuild[] => {
    const context = child(child(value, "build"), "context");
    const directory = textOf(context);
    if (context === undefined || directory === undefined || isRemoteContext(directory)) return [];
    if (!directory.startsWith("/")) return [];
    const build = child(value, "build");
    const dockerfile = child(build, "dockerfile");
    const inline = textOf(child(build, "dockerfile_inline"));
    const name = textOf(dockerfile) ?? "Dockerfile";
    return [
      {
        ...{ service: key, context, directory, dockerfile, inline, target: child(build, "target") },
        dockerfilePath:
          inline !== undefined || isRemoteContext(name) ? undefined : resolvePath(directory, name, undefined),
      },
    ];
  });
}
