import { confirm, nameTargets } from "../confirm.ts";
import type { Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets } from "../targets.ts";

/** Removes the selected tags after asking; an image goes with its last tag. */
export const removeImage: Handler = async (context, ...args) => {
  const options = { kind: "image", title: "Remove which images?", many: "many" } as const;
  const targets = await chooseTargets(context, args, options);
  if (targets.length === 0) return;
  const what = nameTargets(
    "image",
    targets.map(({ node }) => node.label),
  );
  if (!(await confirm(`Remove ${what}?`, "Remove"))) return;
  await doEach(targets, "Removing", ({ connection, item }, signal) =>
    connection.client.images.remove(item.reference, {}, signal),
  );
};
