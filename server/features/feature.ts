import type { OffsetRange } from "../../runtime/model/text/problem.ts";

/** What the features give: plain data with offsets. `server/lsp` turns it into the protocol's. */

export type CompletionKind =
  | "keyword"
  | "property"
  | "value"
  | "variable"
  | "reference"
  | "snippet"
  | "file"
  | "function";

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

/** The form of what is being written. */
export interface Signature {
  readonly label: string;
  /** Markdown. */
  readonly about: string;
  /** Places of the parameters within the label. */
  readonly parameters: readonly { readonly start: number; readonly end: number }[];
  /** Index of the parameter at the cursor. */
  readonly active: number;
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

/** Every place of one named thing in a document. */
export interface Occurrences {
  readonly name: string;
  readonly places: readonly Occurrence[];
  /** The form a new name must have; undefined when the thing is not the file's own and cannot be renamed. */
  readonly form: RegExp | undefined;
}

export interface Occurrence {
  /** Absolute path of another file; undefined: the document's own. */
  readonly file?: string;
  readonly range: OffsetRange;
  readonly isDeclaration: boolean;
}

/** A block that can be folded: from the end of its first line to the end of its last. */
export interface Fold {
  readonly range: OffsetRange;
  readonly kind: "region" | "comment";
}

/** A place that leads to a web page or, by absolute path, to a file. */
export interface Link {
  readonly range: OffsetRange;
  readonly target:
    | { readonly kind: "page"; readonly url: string }
    | { readonly kind: "file"; readonly path: string };
  readonly tooltip: string;
}

export const TOKEN_KINDS = [
  "keyword",
  "parameter",
  "variable",
  "function",
  "type",
  "namespace",
  "comment",
] as const;

/** A piece of text with its meaning, for the editor's colours. */
export interface Token {
  readonly range: OffsetRange;
  readonly kind: (typeof TOKEN_KINDS)[number];
}
