import {
  type CodeAction,
  CodeActionKind,
  type CodeActionParams,
  type CompletionItem,
  type DocumentSymbol,
  type Hover,
  type Location,
  MarkupKind,
  type SignatureHelp,
  type TextDocumentPositionParams,
} from "vscode-languageserver/node";
import { parseDockerfile } from "../../runtime/model/dockerfile/parse.ts";
import type { Problem } from "../../runtime/model/text/problem.ts";
import { symbolsOfCompose } from "../features/compose/symbols.ts";
import { completeDockerfile } from "../features/dockerfile/completion.ts";
import { definitionInDockerfile } from "../features/dockerfile/definition.ts";
import { hoverDockerfile, hoverImage } from "../features/dockerfile/hover.ts";
import { contextPathAt } from "../features/dockerfile/paths.ts";
import { signatureInDockerfile } from "../features/dockerfile/signature.ts";
import { ignoreFix } from "../features/dockerfile/suppression.ts";
import { symbolsOfDockerfile } from "../features/dockerfile/symbols.ts";
import type { Completion, Hover as FeatureHover } from "../features/feature.ts";
import { fixAllEdit, fixesAt } from "../features/quick-fix.ts";
import { completeCompose, hoverCompose } from "./compose-requests.ts";
import {
  toCodeAction,
  toCompletionItem,
  toDocumentSymbol,
  toOffsets,
  toRange,
  toSignatureHelp,
  toTextEdit,
} from "./convert.ts";
import { guarded } from "./guard.ts";
import { registerLayout } from "./layout.ts";
import { composeDefinition, registerNavigation } from "./navigation.ts";
import type { Asked, RequestContext } from "./request-context.ts";
import { findDocument } from "./request-context.ts";

const FIX_ALL = `${CodeActionKind.SourceFixAll}.berth`;

/** Answers the editor's requests, each through the guard. */
export function registerRequests(context: RequestContext): void {
  const { connection, log } = context;
  connection.onCompletion(guarded("completion", [], log, (at) => completion(context, at)));
  connection.onSignatureHelp(guarded("signature", null, log, (at) => signature(context, at)));
  connection.onHover(guarded("hover", null, log, (at) => hover(context, at)));
  connection.onDefinition(guarded("definition", null, log, (at) => definition(context, at)));
  connection.onDocumentSymbol(
    guarded("symbols", [], log, ({ textDocument }) => symbols(context, textDocument.uri)),
  );
  registerNavigation(context);
  registerLayout(context);
  connection.onCodeAction(guarded("code actions", [], log, (parameters) => codeActions(context, parameters)));
}

async function completion(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<CompletionItem[]> {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked === undefined) return [];
  const { document, language } = asked;
  const offset = document.offsetAt(at.position);
  let found: readonly Completion[] = [];
  if (language === "dockerfile") {
    const { tree } = context.analysis.parse(document);
    const path = contextPathAt(tree, offset);
    const paths = path === undefined ? [] : await context.analysis.contextPaths(document.uri, path);
    found = [...paths, ...completeDockerfile(tree, offset, context.analysis.engines.images)];
  }
  if (language === "compose") found = await completeCompose(context, document, offset);
  return found.map((one) => toCompletionItem(document, one, context.hasSnippets()));
}

async function hover(context: RequestContext, at: TextDocumentPositionParams): Promise<Hover | null> {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked === undefined) return null;
  const { document, language } = asked;
  const offset = document.offsetAt(at.position);
  let found: FeatureHover | undefined;
  if (language === "dockerfile") {
    const { tree } = context.analysis.parse(document);
    found =
      hoverDockerfile(tree, offset) ??
      hoverImage(tree, offset, context.analysis.engines.images, Date.now() / 1000);
  }
  if (language === "compose") found = await hoverCompose(context, document, offset);
  if (found === undefined) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: found.markdown },
    range: toRange(document, found.range),
  };
}

function signature(context: RequestContext, at: TextDocumentPositionParams): SignatureHelp | null {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked?.language !== "dockerfile") return null;
  const { document } = asked;
  const found = signatureInDockerfile(context.analysis.parse(document).tree, document.offsetAt(at.position));
  return found === undefined ? null : toSignatureHelp(found);
}

async function definition(
  context: RequestContext,
  at: TextDocumentPositionParams,
): Promise<Location | Location[] | null> {
  const asked = findDocument(context, at.textDocument.uri);
  if (asked === undefined || asked.language === "other") return null;
  const { document, language } = asked;
  if (language === "compose") return context.has("definition") ? await composeDefinition(context, at) : null;
  const range = definitionInDockerfile(context.analysis.parse(document).tree, document.offsetAt(at.position));
  return range === undefined ? null : { uri: document.uri, range: toRange(document, range) };
}

function symbols(context: RequestContext, uri: string): DocumentSymbol[] {
  const asked = findDocument(context, uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  const found =
    language === "dockerfile"
      ? symbolsOfDockerfile(context.analysis.parse(document).tree)
      : context.has("symbols")
        ? symbolsOfCompose(context.analysis.compose.tree(document).root)
        : [];
  return found.map((one) => toDocumentSymbol(document, one));
}

async function codeActions(context: RequestContext, parameters: CodeActionParams): Promise<CodeAction[]> {
  const asked = findDocument(context, parameters.textDocument.uri);
  if (asked === undefined || asked.language === "other") return [];
  const { document, language } = asked;
  const check = await checkOf(context, asked);
  const text = document.getText();
  const { only } = parameters.context;
  const wants = (kind: string): boolean =>
    only === undefined || only.some((one) => kind === one || kind.startsWith(`${one}.`));
  const actions: CodeAction[] = [];
  let hasSafeFix = false;
  if (wants(CodeActionKind.QuickFix)) {
    const { tree } = language === "dockerfile" ? context.analysis.parse(document) : { tree: undefined };
    const ignore = (problem: Problem) => (tree === undefined ? undefined : ignoreFix(tree, problem));
    const offered = fixesAt(check(text), toOffsets(document, parameters.range), ignore);
    hasSafeFix = offered.some(({ fix }) => fix.isSafe);
    actions.push(...offered.map((one) => toCodeAction(document, one)));
  }
  // Editors show source actions only when asked for them; beside a safe fix the whole file's are offered as a fix too.
  const wantsAll = only !== undefined && wants(FIX_ALL);
  const edit = wantsAll || hasSafeFix ? fixAllEdit(text, check) : undefined;
  if (edit !== undefined) {
    const kind = wantsAll ? FIX_ALL : CodeActionKind.QuickFix;
    const changes = { [document.uri]: [toTextEdit(document, edit)] };
    actions.push({ title: "Fix all safe problems", kind, edit: { changes } });
  }
  return actions;
}

async function checkOf(
  context: RequestContext,
  { document, language }: Asked,
): Promise<(text: string) => readonly Problem[]> {
  if (language === "compose") return context.analysis.compose.check(document);
  const check = await context.analysis.dockerfileCheck(document);
  return (text) =>
    check(text === document.getText() ? context.analysis.parse(document) : parseDockerfile(text));
}
