import {
  type CodeLens,
  type FoldingRange,
  FoldingRangeKind,
  type FormattingOptions,
  type InlayHint,
  type Range,
  SelectionRange,
  type SelectionRangeParams,
  type SemanticTokens,
  SemanticTokensBuilder,
  type TextEdit,
} from "vscode-languageserver/node";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { formatCompose } from "../features/compose/format.ts";
import { foldsOfCompose, selectionsInCompose } from "../features/compose/structure.ts";
import { formatDockerfile } from "../features/dockerfile/format.ts";
import { foldsOfDockerfile, selectionsInDockerfile } from "../features/dockerfile/structure.ts";
import { tokensOfDockerfile } from "../features/dockerfile/tokens.ts";
import { expandedValues } from "../features/dockerfile/values.ts";
import { TOKEN_KINDS } from "../features/feature.ts";
import { codeLensesOfCompose, hintsOfCompose } from "./compose-requests.ts";
import { toOffsets, toRange, toTextEdit } from "./convert.ts";
import { guarded } from "./guard.ts";
import { findDocument, type RequestContext } from "./request-context.ts";

/** Answers how a document is laid out: folds, selections, colours, hints, formatting. */
export function registerLayout(context: RequestContext): void {
  const { connection, log } = context;
  connection.onFoldingRanges(
    guarded("folds", [], log, ({ textDocument }) => folds(context, textDocument.uri)),
  );
  connection.onSelectionRanges(guarded("selections", [], log, (at) => selections(context, at)));
  connection.languages.semanticTokens.on(
    guarded("tokens", { data: [] }, log, ({ textDocument }) => tokens(context, textDocument.uri)),
  );
  connection.languages.inlayHint.on(
    guarded("hints", [], log, ({ textDocument, range }) => hints(context, textDocument.uri, range)),
  );
  connection.onCodeLens(guarded("lenses", [], log, ({ textDocument }) => lenses(context, textDocument.uri)));
  connection.onDocumentFormatting(
    guarded("format", [], log, ({ textDocument, options }) =>
      format(context, textDocument.uri, options, undefined),
    ),
  );
  connection.onDocumentRangeFormatting(
    guarded("format range", [], log, ({ textDocument, options, range }) =>
      format(context, textDocument.uri, options, range),
    ),
  );
  connection.onDocumentOnTypeFormatting(
    guarded("format on type", [], log, ({ textDocument, options, position }) => {
      // The line that was just left; the one being written is left alone.
      const line = Math.max(0, position.line - 1);
      const range = { start: { line, character: 0 }, end: { line, character: Number.MAX_SAFE_INTEGER } };
      return format(context, textDocument.uri, options, range);
    }),
  );
}

function folds(context: RequestContext, uri: string): FoldingRange[] {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  if (language === "compose" && !context.has("folding")) return [];
  const found =
    language === "dockerfile"
      ? foldsOfDockerfile(context.analysis.parse(document).tree)
      : foldsOfCompose(document.getText(), context.analysis.compose.tree(document).root);
  const byLine = new Map<number, FoldingRange>();
  for (const { range, kind } of found) {
    const { start, end } = toRange(document, range);
    const endLine = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
    const known = byLine.get(start.line);
    if (endLine <= start.line || (known !== undefined && known.endLine >= endLine)) continue;
    const folding = kind === "comment" ? FoldingRangeKind.Comment : undefined;
    byLine.set(start.line, {
      startLine: start.line,
      endLine,
      ...(folding === undefined ? {} : { kind: folding }),
    });
  }
  return [...byLine.values()].sort((a, b) => a.startLine - b.startLine);
}

function selections(
  context: RequestContext,
  { textDocument, positions }: SelectionRangeParams,
): SelectionRange[] {
  const asked = findDocument(context, textDocument.uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  return positions.map((position) => {
    const offset = document.offsetAt(position);
    const ranges =
      language === "dockerfile"
        ? selectionsInDockerfile(context.analysis.parse(document).tree, offset)
        : selectionsInCompose(document.getText(), context.analysis.compose.tree(document).root, offset);
    const outer = ranges.reduceRight<SelectionRange | undefined>(
      (parent, range) => SelectionRange.create(toRange(document, range), parent),
      undefined,
    );
    return outer ?? SelectionRange.create({ start: position, end: position });
  });
}

function tokens(context: RequestContext, uri: string): SemanticTokens {
  const asked = findDocument(context, uri);
  if (asked?.language !== "dockerfile") return { data: [] };
  const { document } = asked;
  const builder = new SemanticTokensBuilder();
  for (const { range, kind } of tokensOfDockerfile(context.analysis.parse(document).tree)) {
    const { start, end } = toRange(document, range);
    // The protocol has no tokens over several lines.
    if (start.line === end.line)
      builder.push(
        start.line,
        start.character,
        end.character - start.character,
        TOKEN_KINDS.indexOf(kind),
        0,
      );
  }
  return builder.build();
}

async function hints(context: RequestContext, uri: string, range: Range): Promise<InlayHint[]> {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  if (language === "compose")
    return context.has("inlayHints") ? hintsOfCompose(context, document, range) : [];
  const values = expandedValues(context.analysis.parse(document).tree, toOffsets(document, range));
  const hints = values
    .filter(({ value }) => value.length <= MAXIMUM_HINT)
    .map((one) => ({
      position: document.positionAt(one.range.end),
      label: `= ${one.value}`,
      paddingLeft: true,
    }));
  return [...hints, ...hintsOfBuild(context, document, range)];
}

/** Longer values are for the hover. */
const MAXIMUM_HINT = 60;

/** What each instruction cost in the last build, behind it. */
function hintsOfBuild({ analysis }: RequestContext, document: TextDocument, range: Range): InlayHint[] {
  const { start, end } = toOffsets(document, range);
  return analysis.builds
    .hints(document.uri, analysis.parse(document).tree)
    .filter(({ offset }) => start <= offset && offset <= end)
    .map(({ offset, label, tooltip }) => ({
      ...{ position: document.positionAt(offset), label, tooltip, paddingLeft: true },
    }));
}

function lenses(context: RequestContext, uri: string): CodeLens[] {
  const asked = findDocument(context, uri);
  if (asked?.language !== "compose" || !context.has("codeLens")) return [];
  return codeLensesOfCompose(context, asked.document);
}

function format(
  context: RequestContext,
  uri: string,
  { tabSize, insertSpaces }: FormattingOptions,
  wanted: Range | undefined,
): TextEdit[] {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  const text = document.getText();
  const range = wanted === undefined ? { start: 0, end: text.length } : toOffsets(document, wanted);
  const indent = insertSpaces ? " ".repeat(tabSize) : "\t";
  if (language === "dockerfile") {
    const { tree } = context.analysis.parse(document);
    return formatDockerfile(tree, range, indent).map((edit) => toTextEdit(document, edit));
  }
  if (!context.has("formatting")) return [];
  const { root, problems } = context.analysis.compose.tree(document);
  if (root === undefined || problems.some(({ code }) => code === "yaml-syntax")) return [];
  return formatCompose(text, root, range).map((edit) => toTextEdit(document, edit));
}
