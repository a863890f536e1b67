import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type DocumentHighlight,
  DocumentHighlightKind,
  type DocumentLink,
  type Location,
  type PrepareRenameResult,
  type ReferenceParams,
  type RenameParams,
  ResponseError,
  type TextDocumentPositionParams,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { occurrencesInCompose } from "../features/compose/occurrences.ts";
import { linksInCompose } from "../features/compose/structure.ts";
import { occurrencesInDockerfile } from "../features/dockerfile/occurrences.ts";
import { linksInDockerfile } from "../features/dockerfile/structure.ts";
import type { Occurrences } from "../features/feature.ts";
import { toRange } from "./convert.ts";
import { guarded } from "./guard.ts";
import { pathOf } from "./neighbours.ts";
import { type Asked, findDocument, type RequestContext } from "./request-context.ts";

/** Answers where a name stands, renames it, and follows links. */
export function registerNavigation(context: RequestContext): void {
  const { connection, log } = context;
  connection.onReferences(guarded("references", [], log, (at) => references(context, at)));
  connection.onDocumentHighlight(guarded("highlight", [], log, (at) => highlights(context, at)));
  connection.onPrepareRename(guarded("prepare rename", null, log, (at) => prepareRename(context, at)));
  // A name that is not allowed is an answer to the user, not a fault: it passes the guard as a value.
  const rename = guarded("rename", null, log, (at: RenameParams) => renamed(context, at));
  connection.onRenameRequest(async (at) => {
    const answer = await rename(at);
    return typeof answer === "string" ? new ResponseError(REQUEST_FAILED, answer) : answer;
  });
  connection.onDocumentLinks(
    guarded("links", [], log, ({ textDocument }) => links(context, textDocument.uri)),
  );
}

/** LSP 3.17: the request was right, but could not be fulfilled; the message is shown. */
const REQUEST_FAILED = -32803;

interface Found extends Asked {
  readonly offset: number;
  readonly occurrences: Occurrences;
}

function occurrencesAt(context: RequestContext, at: TextDocumentPositionParams): Found | undefined {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked === undefined || asked.language === "other") return undefined;
  const { document, language } = asked;
  const offset = document.offsetAt(at.position);
  const occurrences =
    language === "dockerfile"
      ? occurrencesInDockerfile(context.analysis.parse(document).tree, offset)
      : occurrencesInCompose(document.getText(), context.analysis.compose.tree(document).root, offset);
  return occurrences === undefined ? undefined : { ...asked, offset, occurrences };
}

function references(context: RequestContext, at: ReferenceParams): Location[] {
  const found = occurrencesAt(context, at);
  if (found === undefined) return [];
  const places = found.occurrences.places.filter(
    ({ isDeclaration }) => at.context.includeDeclaration || !isDeclaration,
  );
  return places.map(({ range }) => ({ uri: found.document.uri, range: toRange(found.document, range) }));
}

function highlights(context: RequestContext, at: TextDocumentPositionParams): DocumentHighlight[] {
  const found = occurrencesAt(context, at);
  if (found === undefined) return [];
  return found.occurrences.places.map(({ range, isDeclaration }) => ({
    range: toRange(found.document, range),
    kind: isDeclaration ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

function prepareRename(context: RequestContext, at: TextDocumentPositionParams): PrepareRenameResult | null {
  const found = occurrencesAt(context, at);
  if (found?.occurrences.form === undefined) return null;
  const { document, offset, occurrences } = found;
  const place = occurrences.places.find(({ range }) => range.start <= offset && offset <= range.end);
  const range = (place ?? occurrences.places[0])?.range;
  return range === undefined
    ? null
    : { range: toRange(document, range), placeholder: document.getText().slice(range.start, range.end) };
}

function renamed(context: RequestContext, at: RenameParams): WorkspaceEdit | string | null {
  const found = occurrencesAt(context, at);
  if (found?.occurrences.form === undefined) return null;
  const { document, occurrences } = found;
  if (!occurrences.form?.test(at.newName)) return `"${at.newName}" cannot be a name here`;
  // A stage that is named by its number keeps being named so.
  const named = occurrences.places.filter(
    ({ range }) =>
      document.getText().slice(range.start, range.end).toLowerCase() === occurrences.name.toLowerCase(),
  );
  const edits = named.map(({ range }) => ({ range: toRange(document, range), newText: at.newName }));
  return { changes: { [document.uri]: edits } };
}

function links(context: RequestContext, uri: string): DocumentLink[] {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  const found =
    language === "dockerfile"
      ? linksInDockerfile(context.analysis.parse(document).tree)
      : linksInCompose(context.analysis.compose.tree(document).root, posix.dirname(pathOf(uri)));
  return found.map(({ range, target, tooltip }) => ({
    range: toRange(document, range),
    target: target.kind === "page" ? target.url : pathToFileURL(target.path).href,
    tooltip,
  }));
}
