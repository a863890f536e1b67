import { confirm, nameTargets } from "../confirm.ts";
import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets } from "../targets.ts";

/** Removes the selected networks after asking. */
export const removeNetwork: Handler = async (context, ...args) => {
  const targets = await chooseTargets(context, args, {
    kind: "network",
    title: "Remove which networks?",
    offer: (node) => node.context === "network.custom",
    many: "many",
  });
  if (targets.length === 0) return;
  const what = nameTargets(
    "network",
    targets.map(({ node }) => node.label),
  );
  if (!(await confirm(`Remove ${what}?`, "Remove"))) return;
  await doEach(targets, "Removing", ({ connection, item }, signal) =>
    connection.client.networks.remove(item.network.Id, signal),
  );
};
