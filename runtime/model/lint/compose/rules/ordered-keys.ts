import { entriesOf } from "../../../compose/tree.ts";
import { byList, entriesAsSiblings, firstUnordered } from "../order.ts";
import type { ComposeRule } from "../rule.ts";
import { reorderFix } from "../written.ts";

/** What it is, how it runs, what it is tied to, what it is made of, when it is well. */
const ORDER = byList([
  ...["x-", "extends", "profiles", "image", "build", "platform", "pull_policy", "container_name", "hostname"],
  ...["entrypoint", "command", "working_dir", "user", "init", "tty", "stdin_open", "read_only", "privileged"],
  ...[
    "depends_on",
    "networks",
    "network_mode",
    "links",
    "ports",
    "expose",
    "volumes",
    "volumes_from",
    "tmpfs",
  ],
  ...["environment", "env_file", "secrets", "configs", "labels", "label_file", "annotations"],
  ...["healthcheck", "restart", "stop_signal", "stop_grace_period", "deploy", "logging", "develop"],
]);

export const orderedKeys: ComposeRule = {
  name: "ordered-keys",
  codes: ["service-keys-order"],
  summary: "The keys of a service are in a fixed order",
  documentation:
    "A matter of style: image and build first, then how it runs, its ties, its data and its environment, then health and deployment; others last. Off by default.",
  severity: "off",
  scope: "service",
  *check({ node, text, name }) {
    const siblings = entriesAsSiblings(entriesOf(node), node.place.range);
    const wrong = firstUnordered(siblings, ORDER);
    if (wrong === undefined) return;
    const fix = reorderFix(text, siblings, siblings.toSorted(ORDER), "Put the service's keys in order");
    yield {
      range: { start: wrong.start, end: wrong.start + wrong.name.length },
      message: `service "${name}": ${wrong.name} stands after keys that come later`,
      fixes: fix === undefined ? [] : [fix],
    };
  },
};
