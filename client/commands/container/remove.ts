import { confirm, nameTargets } from "../confirm.ts";
import type { CommandContext, Handler } from "../context.ts";
import { doEach } from "../each.ts";
import { chooseTargets, type Target } from "../targets.ts";

/** Removes the selected containers after asking; those that run are stopped by force, which the question says. */
export const removeContainer: Handler = async (context, ...args) => {
  const targets = await choose(context, args);
  if (targets.length === 0) return;
  const running = targets.filter(({ item }) =>
    ["running", "paused", "restarting"].includes(item.container.State),
  );
  const what = nameTargets(
    "container",
    targets.map(({ node }) => node.label),
  );
  const detail =
    running.length > 0
      ? `${nameTargets(
          "running container",
          running.map(({ node }) => node.label),
        )} will be killed.`
      : undefined;
  if (!(await confirm(`Remove ${what}?`, "Remove", detail))) return;
  await removeAll(targets, running.length > 0);
};

/** Removes containers by force without asking again: offered when removing failed. */
export const forceRemoveContainer: Handler = async (context, ...args) => {
  await removeAll(await choose(context, args), true);
};

function choose(context: CommandContext, args: readonly unknown[]) {
  return chooseTargets(context, args, { kind: "container", title: "Remove which containers?", many: "many" });
}

async function removeAll(targets: readonly Target<"container">[], force: boolean): Promise<void> {
  await doEach(targets, "Removing", ({ connection, item }, signal) =>
    connection.client.containers.remove(item.container.Id, { force, removeVolumes: true }, signal),
  );
}
