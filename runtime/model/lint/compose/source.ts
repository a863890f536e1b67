import type { Environment } from "../../compose/interpolate.ts";
import type { ComposeParse } from "../../compose/parse.ts";
import type { RuleLevel } from "../rule.ts";
import type { LintMemory } from "./memory.ts";
import type { PathKind } from "./rule.ts";

/** One Compose file and what is known of the files it needs. */
export interface ComposeSource {
  /** Absolute path. */
  readonly path: string;
  readonly text: string;
  readonly environment: Environment;
  /** Texts of other files by absolute path; undefined: the file does not exist. */
  readonly others: ReadonlyMap<string, string | undefined>;
  /** What stands at absolute paths; of what is missing here nothing is said. */
  readonly paths?: ReadonlyMap<string, PathKind>;
  /** Who has ports of this machine: `80/tcp` → `nginx`. */
  readonly portOwners?: ReadonlyMap<string, string>;
  /** Level by the name or a known code of a rule, compared without case. */
  readonly levels?: Readonly<Record<string, RuleLevel>>;
  /** Reads YAML; an editor hands in one that remembers. */
  readonly parse?: (text: string, file: string) => ComposeParse;
  /** What an editor remembers of the same file. */
  readonly memory?: LintMemory;
}
