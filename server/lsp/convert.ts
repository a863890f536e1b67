import type { TextDocument } from "vscode-languageserver-textdocument";
import {
  type CodeAction,
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentSymbol,
  InsertTextFormat,
  MarkupKind,
  type Range,
  type SignatureHelp,
  SymbolKind,
  type TextEdit,
} from "vscode-languageserver-types";
import type {
  TextEdit as OffsetEdit,
  OffsetRange,
  Problem,
  Severity,
} from "../../runtime/model/text/problem.ts";
import type {
  Completion,
  CompletionKind,
  SymbolKind as OutlineKind,
  OutlineSymbol,
  Signature,
} from "../features/feature.ts";
import type { OfferedFix } from "../features/quick-fix.ts";

/** Offsets become lines and columns here and nowhere else. */
export function toRange(document: TextDocument, { start, end }: OffsetRange): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

/** Lines and columns of the protocol as offsets. */
export function toOffsets(document: TextDocument, { start, end }: Range): OffsetRange {
  return { start: document.offsetAt(start), end: document.offsetAt(end) };
}

const SEVERITIES: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

const DEPRECATED = new Set(["maintainer-deprecated", "obsolete-version", "legacy-key-value"]);

/** A problem as the editor shows it; the names other linters know it by stand behind the message and in `data`. */
export function toDiagnostic(document: TextDocument, problem: Problem): Diagnostic {
  const codes = problem.codes ?? [];
  // Those of dockerfile-utils are no names that a user would look for.
  const shown = codes.filter((code) => !/^[A-Z]+(?:_[A-Z0-9]+)+$/.test(code));
  const known = shown.length === 0 ? "" : ` [${shown.join(", ")}]`;
  const href = shown.map(pageOf).find((page) => page !== undefined);
  return {
    range: toRange(document, problem.range),
    severity: SEVERITIES[problem.severity],
    code: problem.code,
    source: "berth",
    message: `${problem.message}${known}`,
    ...(href === undefined ? {} : { codeDescription: { href } }),
    ...(codes.length === 0 ? {} : { data: { codes } }),
    ...(DEPRECATED.has(problem.code) ? { tags: [DiagnosticTag.Deprecated] } : {}),
  };
}

/** Where a known code is explained. */
function pageOf(code: string): string | undefined {
  if (/^SC\d+$/.test(code)) return `https://www.shellcheck.net/wiki/${code}`;
  if (/^DL\d+$/.test(code)) return `https://github.com/hadolint/hadolint/wiki/${code}`;
  if (!/^[A-Z][A-Za-z]+$/.test(code)) return undefined;
  const page = code.replace(/JSON/, "Json").replace(/(?!^)([A-Z])/g, "-$1");
  return `https://docs.docker.com/reference/build-checks/${page.toLowerCase()}/`;
}

const COMPLETION_KINDS: Readonly<Record<CompletionKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  property: CompletionItemKind.Property,
  value: CompletionItemKind.Value,
  variable: CompletionItemKind.Variable,
  reference: CompletionItemKind.Reference,
  snippet: CompletionItemKind.Snippet,
  file: CompletionItemKind.File,
  function: CompletionItemKind.Function,
};

/** A completion as an edit; placeholders are taken out where the editor has no snippets. */
export function toCompletionItem(
  document: TextDocument,
  completion: Completion,
  hasSnippets: boolean,
): CompletionItem {
  const { label, kind, detail, documentation, insert, isSnippet, range, sort } = completion;
  const newText = isSnippet && !hasSnippets ? withoutPlaceholders(insert) : insert;
  return {
    label,
    kind: COMPLETION_KINDS[kind],
    detail,
    documentation:
      documentation === undefined ? undefined : { kind: MarkupKind.Markdown, value: documentation },
    insertTextFormat: isSnippet && hasSnippets ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    textEdit: { range: toRange(document, range), newText },
    filterText: label,
    sortText: sort,
  };
}

function withoutPlaceholders(snippet: string): string {
  return snippet.replace(
    /\$\{\d+(?::([^}]*)|\|([^,|]*)[^}]*)?\}|\$\d+/g,
    (_, text?: string, choice?: string) => text ?? choice ?? "",
  );
}

export function toSignatureHelp({ label, about, parameters, active }: Signature): SignatureHelp {
  const documentation = { kind: MarkupKind.Markdown, value: about };
  const labels = parameters.map(({ start, end }) => ({ label: [start, end] satisfies [number, number] }));
  return {
    signatures: [{ label, documentation, parameters: labels }],
    activeSignature: 0,
    activeParameter: active,
  };
}

const SYMBOL_KINDS: Readonly<Record<OutlineKind, SymbolKind>> = {
  stage: SymbolKind.Module,
  instruction: SymbolKind.Function,
  key: SymbolKind.Struct,
  value: SymbolKind.Property,
};

export function toDocumentSymbol(document: TextDocument, symbol: OutlineSymbol): DocumentSymbol {
  return {
    name: symbol.name,
    detail: symbol.detail,
    kind: SYMBOL_KINDS[symbol.kind],
    range: toRange(document, symbol.range),
    selectionRange: toRange(document, symbol.selection),
    children: symbol.children.map((one) => toDocumentSymbol(document, one)),
  };
}

export function toTextEdit(document: TextDocument, edit: OffsetEdit): TextEdit {
  return { range: toRange(document, edit.range), newText: edit.text };
}

export function toCodeAction(document: TextDocument, { fix, problem, isPreferred }: OfferedFix): CodeAction {
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [toDiagnostic(document, problem)],
    isPreferred,
    edit: { changes: { [document.uri]: fix.edits.map((edit) => toTextEdit(document, edit)) } },
  };
}
