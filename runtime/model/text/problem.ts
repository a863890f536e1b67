/** Half-open range of UTF-16 offsets into a document's text. Line and column exist only in `server/lsp`. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

export type Severity = "error" | "warning" | "info" | "hint";

/** Replaces the text of `range` by `text`. */
export interface TextEdit {
  readonly range: OffsetRange;
  readonly text: string;
}

/** A change that mends a problem; `title` is what the editor's menu shows. `isSafe`: never changes what is built or run. */
export interface QuickFix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly isSafe: boolean;
}

/** A finding in a document: a value beside the tree, never thrown. `code` is the rule's name (`pin-base-image`). */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly severity: Severity;
  readonly range: OffsetRange;
  /** The names other linters know this very finding by (`DL3008`, `StageNameCasing`, `INVALID_PORT`). */
  readonly codes?: readonly string[];
  readonly fixes?: readonly QuickFix[];
}
