import type { Connection, TextDocuments } from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { FileKind } from "../../runtime/model/lint/file-kind.ts";
import type { Analysis } from "./analysis.ts";
import type { ComposeFeature } from "./features.ts";
import type { FaultLog } from "./guard.ts";
import type { Host } from "./host.ts";
import { languageOf } from "./language.ts";

/** What requests are answered from. */
export interface RequestContext {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly analysis: Analysis;
  readonly log: FaultLog;
  readonly hasSnippets: () => boolean;
  readonly host: Host;
  /** Whether a feature of Compose files is on. */
  readonly has: (feature: ComposeFeature) => boolean;
}

/** A document that is open, and what it is. */
export interface Asked {
  readonly document: TextDocument;
  readonly language: FileKind;
}

/** The open document of a request; undefined when there is none. */
export function findDocument({ documents }: RequestContext, uri: string): Asked | undefined {
  const document = documents.get(uri);
  if (document === undefined) return undefined;
  return { document, language: languageOf(document.languageId, document.uri) };
}
