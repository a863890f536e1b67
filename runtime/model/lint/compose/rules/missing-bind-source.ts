import { child, entriesOf, type TreeNode, textOf } from "../../../compose/tree.ts";
import type { Finding } from "../../rule.ts";
import type { ComposeRule, ComposeSubject } from "../rule.ts";

/**
 * Only sources written relative to the project: what absolute paths name belongs to the machine the project will run
 * on. A directory that is missing is made by the engine, which is often meant; a file that is missing becomes one too.
 */
export const missingBindSource: ComposeRule = {
  name: "missing-bind-source",
  codes: [],
  summary: "Files and directories that are mounted exist",
  documentation:
    "Where the source of a bind mount does not exist, the engine makes an empty directory of that name, owned by root, even where a file is meant. With `create_host_path: false` the service does not start.",
  severity: "hint",
  scope: "file",
  *check(subject) {
    for (const { key, value } of entriesOf(child(subject.root, "services"))) {
      const volumes = child(value, "volumes");
      for (const item of volumes?.kind === "sequence" ? volumes.items : []) {
        const finding = missingSource(subject, key, item);
        if (finding !== undefined) yield finding;
      }
    }
  },
};

function missingSource(subject: ComposeSubject, service: string, item: TreeNode): Finding | undefined {
  const written = item.kind === "mapping" ? textOf(child(item, "source")) : textOf(item)?.split(":")[0];
  if (written === undefined || !/^\.{1,2}(?:\/|$)/.test(written) || written.includes("$")) return undefined;
  const mount = subject.load.project.services
    .get(service)
    ?.volumes.find(
      ({ place }) => place.file === subject.path && place.range.start === item.place.range.start,
    );
  if (mount?.type !== "bind" || subject.kindOf(mount.source) !== "absent") return undefined;
  const range = item.place.range;
  const name = mount.source.slice(mount.source.lastIndexOf("/") + 1);
  if (!mount.createHostPath)
    return { range, severity: "error", message: `${mount.source} does not exist, and may not be made` };
  if (/[^.].*\.[a-z0-9]{1,5}$/i.test(name))
    return {
      range,
      severity: "warning",
      message: `${mount.source} does not exist: the engine would make a directory of this name`,
    };
  return { range, message: `${mount.source} does not exist yet: the engine makes an empty directory` };
}
