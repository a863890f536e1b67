import type { OffsetRange } from "../../runtime/model/text/problem.ts";

/** What the features give: plain data with offsets. `server/lsp` turns it into the protocol's. */

export type CompletionKind = "keyword" | "property" | "value" | "variable" | "reference" | "snippet";

export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** What replaces `range`; `$1` and `${1:x}` are places to fill in when `isSnippet`. */
  readonly insert: string;
  readonly isSnippet: boolean;
  readonly range: OffsetRange;
  /** Order among the others; the label by default. */
  readonly sort?: string;
}

export interface Hover {
  readonly markdown: string;
  readonly range: OffsetRange;
}

export type SymbolKind = "stage" | "instruction" | "key" | "value";

export interface OutlineSymbol {
  readonly name: string;
  readonly detail: string;
  readonly kind: SymbolKind;
  readonly range: OffsetRange;
  readonly selection: OffsetRange;
  readonly children: readonly OutlineSymbol[];
}
