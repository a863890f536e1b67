import type { ProjectLoad } from "../../compose/load.ts";
import type { MappingNode, TreeNode } from "../../compose/tree.ts";
import type { Place } from "../../compose/types.ts";
import type { Finding, RuleLevel } from "../rule.ts";

/** What stands at a path. */
export type PathKind = "file" | "directory" | "absent";

/** A service as written in one file: before variables are filled in and files merged. */
export interface WrittenService {
  readonly name: string;
  readonly keyPlace: Place;
  readonly node: TreeNode;
  /** The text of the file. */
  readonly text: string;
}

/** What a rule about a whole file looks at. */
export interface ComposeSubject {
  /** Absolute path of the file. */
  readonly path: string;
  readonly text: string;
  readonly root: MappingNode;
  /** The project the file belongs to: merged and interpolated. */
  readonly load: ProjectLoad;
  /** What stands at an absolute path; undefined: not known (yet). */
  readonly kindOf: (path: string) => PathKind | undefined;
  /** The text of a file; undefined: not known (yet), or there is none. */
  readonly textOf: (path: string) => string | undefined;
  /** Who has a port of this machine (`80/tcp`); undefined: nobody, or not known. */
  readonly portOwner: (port: string) => string | undefined;
}

interface RuleData {
  /** Kebab-case; the `code` of its problems. */
  readonly name: string;
  /** The names other linters know it by; suppressions and levels may use them. */
  readonly codes: readonly string[];
  readonly summary: string;
  /** Markdown: why it matters and what to do. */
  readonly documentation: string;
  readonly severity: RuleLevel;
}

/**
 * A lint rule for Compose files is data: one file each, listed in `rules.ts`. Rules about one service depend on nothing
 * else, so what they found is kept as long as the service is not edited.
 */
export type ComposeRule = RuleData &
  (
    | { readonly scope: "service"; readonly check: (service: WrittenService) => Iterable<Finding> }
    | { readonly scope: "file"; readonly check: (subject: ComposeSubject) => Iterable<Finding> }
  );

/** A check that the project model makes itself: what fails or surprises when the project is loaded. */
export type ModelRule = Omit<RuleData, "severity">;
