import { child, type TreeNode } from "../../../compose/tree.ts";
import type { QuickFix } from "../../../text/problem.ts";
import type { Finding } from "../../rule.ts";
import { looksLikeSecret } from "../../secret-name.ts";
import type { ComposeRule } from "../rule.ts";
import { pairsOf } from "../written.ts";

export const plainSecret: ComposeRule = {
  name: "plain-secret",
  codes: [],
  summary: "Secrets do not stand in the file",
  documentation:
    "Who can read the file, the repository or `docker inspect` knows the secret. Put it into a `secrets` file (`NAME_FILE: /run/secrets/…`), or at least take it from a variable that is set outside (`${DB_PASSWORD:?}`).",
  severity: "warning",
  scope: "service",
  *check({ node }) {
    yield* plainIn(child(node, "environment"));
    yield* plainIn(child(child(node, "build"), "args"));
  },
};

/** `MYSQL_RANDOM_ROOT_PASSWORD: "yes"` holds no secret. */
const SWITCH = /^(?:|true|false|yes|no|on|off|[0-9])$/i;

function* plainIn(node: TreeNode | undefined): Iterable<Finding> {
  for (const { name, value, range, node: written } of pairsOf(node)) {
    if (value === undefined || SWITCH.test(value) || value.includes("$") || !looksLikeSecret(name)) continue;
    const message = `${name} looks like a secret and stands here in plain: use secrets, or a variable`;
    yield { range, message, fixes: [variableFix(name, node, written)] };
  }
}

/** Not safe: the value must be put somewhere else by hand. */
function variableFix(name: string, node: TreeNode | undefined, written: TreeNode): QuickFix {
  const text = node?.kind === "sequence" ? `"${name}=\${${name}:?}"` : `\${${name}:?}`;
  const edits = [{ range: written.place.range, text }];
  return { title: `Take ${name} from a variable that must be set`, edits, isSafe: false };
}
