import {
  CodeActionKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { type BuiltParameters, builtNotification } from "../../runtime/model/dockerfile/built.ts";
import { type EngineFacts, enginesNotification } from "../../runtime/model/engine-facts.ts";
import { TOKEN_KINDS } from "../features/feature.ts";
import { Analysis } from "./analysis.ts";
import { toDiagnostic } from "./convert.ts";
import { composeFeatures, SYNTAX_CODES } from "./features.ts";
import { guarded } from "./guard.ts";
import type { Host } from "./host.ts";
import { languageOf } from "./language.ts";
import { pathOf } from "./neighbours.ts";
import { Publisher } from "./publisher.ts";
import { registerRequests } from "./requests.ts";
import { readExtensions, readLintOptions } from "./settings.ts";

/** Serves one client until the connection ends. */
export function serve(connection: Connection, host: Host): void {
  const documents = new TextDocuments(TextDocument);
  // What is open counts, not what was saved last.
  const readFile = async (path: string): Promise<string | undefined> =>
    documents
      .all()
      .find(({ uri }) => pathOf(uri) === path)
      ?.getText() ?? (await host.readFile(path));
  const own: Host = { ...host, readFile };
  const analysis = new Analysis(own);
  let extensions: unknown;
  let features = composeFeatures({}, extensions);
  const log = (message: string): void => connection.console.error(message);
  const findProblems = async (document: TextDocument) => {
    switch (languageOf(document.languageId, document.uri)) {
      case "dockerfile": {
        const parse = analysis.parse(document);
        const found = (await analysis.dockerfileCheck(document))(parse);
        return [...found, ...analysis.builds.problems(document.uri, parse.tree)];
      }
      case "compose":
        return (await analysis.compose.findings(document)).problems.filter(({ code }) =>
          features.has(SYNTAX_CODES.has(code) ? "syntaxDiagnostics" : "diagnostics"),
        );
      case "other":
        return [];
    }
  };
  const publisher = new Publisher({
    current: (uri) => documents.get(uri),
    find: guarded("diagnostics", [], log, findProblems),
    publish: guarded("publish", undefined, log, async (document, problems) => {
      const diagnostics = problems.map((problem) => toDiagnostic(document, problem));
      await connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics });
    }),
  });
  const lookAtAll = (): void => {
    for (const document of documents.all()) publisher.schedule(document.uri);
  };

  let hasSnippets = false;
  let refreshesHints = false;
  connection.onInitialize((parameters) => {
    hasSnippets = supportsSnippets(parameters);
    refreshesHints = parameters.capabilities.workspace?.inlayHint?.refreshSupport === true;
    analysis.lint = readLintOptions(parameters.initializationOptions);
    extensions = readExtensions(parameters.initializationOptions);
    features = composeFeatures(parameters.initializationOptions, extensions);
    return capabilities();
  });
  connection.onDidChangeConfiguration(({ settings }) => {
    analysis.lint = readLintOptions(settings);
    features = composeFeatures(settings, extensions);
    analysis.forgetFiles();
    lookAtAll();
  });
  connection.onDidChangeWatchedFiles(() => {
    analysis.forgetFiles();
    lookAtAll();
  });
  const lookAtPorts = guarded("ports", undefined, log, async () => {
    if (await analysis.compose.lookAtPorts()) lookAtAll();
  });
  documents.onDidOpen(({ document }) => {
    if (languageOf(document.languageId, document.uri) === "compose") void lookAtPorts();
  });
  documents.onDidChangeContent(({ document }) => {
    publisher.schedule(document.uri);
    for (const uri of analysis.compose.noteText(pathOf(document.uri), document.getText()))
      publisher.schedule(uri);
  });
  connection.onNotification(
    builtNotification,
    guarded("built", undefined, log, async (parameters: BuiltParameters) => {
      const document = documents.get(parameters.uri);
      if (document === undefined) return;
      analysis.builds.remember(document, analysis.parse(document).tree, parameters);
      publisher.schedule(document.uri);
      if (refreshesHints) await connection.languages.inlayHint.refresh();
    }),
  );
  connection.onNotification(
    enginesNotification,
    guarded("engines", undefined, log, async (facts: EngineFacts) => {
      analysis.engines = facts;
      if (refreshesHints) await connection.languages.inlayHint.refresh();
    }),
  );
  documents.onDidSave(() => {
    analysis.forgetFiles();
    void lookAtPorts();
    lookAtAll();
  });
  documents.onDidClose(({ document }) => {
    publisher.cancel(document.uri);
    analysis.forget(document.uri);
    void guarded("close", undefined, log, () =>
      connection.sendDiagnostics({ uri: document.uri, diagnostics: [] }),
    )();
  });
  registerRequests({
    ...{ connection, documents, analysis, log, hasSnippets: () => hasSnippets, host: own },
    has: (feature) => features.has(feature),
  });
  documents.listen(connection);
  connection.listen();
}

function supportsSnippets({ capabilities }: InitializeParams): boolean {
  return capabilities.textDocument?.completion?.completionItem?.snippetSupport === true;
}

function capabilities(): InitializeResult {
  return {
    serverInfo: { name: "berth" },
    capabilities: {
      textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
      completionProvider: { triggerCharacters: [" ", "-", "=", "$", "{", ":", "#", "/", ","] },
      signatureHelpProvider: { triggerCharacters: [" ", "="], retriggerCharacters: [" "] },
      hoverProvider: true,
      definitionProvider: true,
      referencesProvider: true,
      documentHighlightProvider: true,
      renameProvider: { prepareProvider: true },
      documentLinkProvider: {},
      foldingRangeProvider: true,
      selectionRangeProvider: true,
      semanticTokensProvider: { legend: { tokenTypes: [...TOKEN_KINDS], tokenModifiers: [] }, full: true },
      inlayHintProvider: true,
      codeLensProvider: {},
      documentFormattingProvider: true,
      documentRangeFormattingProvider: true,
      documentOnTypeFormattingProvider: { firstTriggerCharacter: "\n" },
      documentSymbolProvider: true,
      codeActionProvider: {
        codeActionKinds: [CodeActionKind.QuickFix, `${CodeActionKind.SourceFixAll}.berth`],
      },
    },
  };
}
