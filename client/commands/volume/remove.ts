import { confirm, nameTargets } from "../confirm.ts";
import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets } from "../targets.ts";

/** Removes the selected volumes after asking. */
export const removeVolume: Handler = async (context, ...args) => {
  const options = { kind: "volume", title: "Remove which volumes?", many: "many" } as const;
  const targets = await chooseTargets(context, args, options);
  if (targets.length === 0) return;
  const what = nameTargets(
    "volume",
    targets.map(({ node }) => node.label),
  );
  if (!(await confirm(`Remove ${what}?`, "Remove", "The data in it is lost."))) return;
  await doEach(targets, "Removing", ({ connection, item }, signal) =>
    connection.client.volumes.remove(item.volume.Name, {}, signal),
  );
};
