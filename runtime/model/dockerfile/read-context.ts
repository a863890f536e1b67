import type { Problem } from "../text/problem.ts";

/** Where an instruction is read: what it shares with the others of its file. */
export interface ReadContext {
  readonly source: string;
  readonly escape: "\\" | "`";
  /** Problems found are added here. */
  readonly problems: Problem[];
}
