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
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { occurrencesInCompose } from "../features/compose/occurrences.ts";
import { linksInCompose } from "../features/compose/structure.ts";
import { occurrencesInDockerfile } from "../features/dockerfile/occurrences.ts";
import { linksInDockerfile } from "../features/dockerfile/structure.ts";
import type { Occurrence, Occurrences } from "../features/feature.ts";
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
  /** The document a place stands in. */
  readonly documentOf: (place: Occurrence) => TextDocument;
}

async function occurrencesAt(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<Found | undefined> {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked === undefined || asked.language === "other") return undefined;
  const { document, language } = asked;
  const offset = document.offsetAt(at.position);
  if (language === "dockerfile") {
    const occurrences = occurrencesInDockerfile(context.analysis.parse(document).tree, offset);
    return occurrences && { ...asked, offset, occurrences, documentOf: () => document };
  }
  const [own, ...others] = await context.analysis.compose.files(document);
  const load = await context.analysis.compose.project(document);
  const merged = new Set([own.path, ...(load?.mergedFiles ?? [])]);
  const occurrences = occurrencesInCompose(own, others, (path) => merged.has(path), offset);
  const texts = new Map(
    others.map(({ path, text }) => [path, TextDocument.create(pathToFileURL(path).href, "yaml", 0, text)]),
  );
  const documentOf = ({ file }: Occurrence): TextDocument => texts.get(file ?? "") ?? document;
  return occurrences && { ...asked, offset, occurrences, documentOf };
}

/** The same where no other extension answers it. */
async function ownOccurrencesAt(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<Found | undefined> {
  const language = findDocument(context, at.textDocument.uri)?.language;
  return language === "compose" && !context.has("rename") ? undefined : await occurrencesAt(context, at);
}

/** Where a Compose name is declared, in whichever file of the project. */
export async function composeDefinition(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<Location[]> {
  const found = await occurrencesAt(context, at);
  const declared = found?.occurrences.places.filter(({ isDeclaration }) => isDeclaration) ?? [];
  return declared.flatMap((place) => (found === undefined ? [] : [locationOf(found, place)]));
}

function locationOf({ documentOf }: Found, place: Occurrence): Location {
  const document = documentOf(place);
  return { uri: document.uri, range: toRange(document, place.range) };
}

async function references(context: RequestContext, at: ReferenceParams): Promise<Location[]> {
  const found = await ownOccurrencesAt(context, at);
  if (found === undefined) return [];
  const places = found.occurrences.places.filter(
    ({ isDeclaration }) => at.context.includeDeclaration || !isDeclaration,
  );
  return places.map((place) => locationOf(found, place));
}

async function highlights(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<DocumentHighlight[]> {
  const found = await ownOccurrencesAt(context, at);
  if (found === undefined) return [];
  const here = found.occurrences.places.filter(({ file }) => file === undefined);
  return here.map(({ range, isDeclaration }) => ({
    range: toRange(found.document, range),
    kind: isDeclaration ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }));
}

async function prepareRename(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<PrepareRenameResult | null> {
  const found = await ownOccurrencesAt(context, at);
  if (found?.occurrences.form === undefined) return null;
  const { document, offset, occurrences } = found;
  const place = occurrences.places.find(
    ({ file, range }) => file === undefined && range.start <= offset && offset <= range.end,
  );
  const range = (place ?? occurrences.places[0])?.range;
  return range === undefined
    ? null
    : { range: toRange(document, range), placeholder: document.getText().slice(range.start, range.end) };
}

async function renamed(context: RequestContext, at: RenameParams): Promise<WorkspaceEdit | string | null> {
  const found = await ownOccurrencesAt(context, at);
  if (found?.occurrences.form === undefined) return null;
  const { occurrences, documentOf } = found;
  if (occurrences.form?.test(at.newName) !== true) return `"${at.newName}" cannot be a name here`;
  const changes: Record<string, TextEdit[]> = {};
  for (const place of occurrences.places) {
    const document = documentOf(place);
    const written = document.getText().slice(place.range.start, place.range.end);
    // A stage that is named by its number keeps being named so.
    if (written.toLowerCase() !== occurrences.name.toLowerCase()) continue;
    const edit = { range: toRange(document, place.range), newText: at.newName };
    changes[document.uri] = [...(changes[document.uri] ?? []), edit];
  }
  return { changes };
}

function links(context: RequestContext, uri: string): DocumentLink[] {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  if (language === "compose" && !context.has("links")) return [];
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
