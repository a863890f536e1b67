import { TextDocument } from "vscode-languageserver-textdocument";
import type { CompletionItem, MarkupContent, Range } from "vscode-languageserver-types";
import { COMPOSE_SCHEMA } from "../../../runtime/model/lint/compose/schema/compose-schema.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion, CompletionKind, Hover, OutlineSymbol } from "../feature.ts";

/** A Compose file as the YAML service sees it. */
export interface YamlText {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
}

/** yaml-language-server's service with the Compose schema, with offsets instead of positions. */
export interface YamlService {
  complete(file: YamlText, offset: number): Promise<readonly Completion[]>;
  hover(file: YamlText, offset: number): Promise<Hover | undefined>;
  symbols(file: YamlText): readonly OutlineSymbol[];
}

type LanguageService = ReturnType<
  typeof import("yaml-language-server/out/server/src/languageservice/yamlLanguageService.js")["getLanguageService"]
>;

/** Loads the service; it takes a fraction of a second, so only the first Compose file causes it. */
export async function loadYamlService(): Promise<YamlService> {
  const module = await import("yaml-language-server/out/server/src/languageservice/yamlLanguageService.js");
  const service = module.getLanguageService({
    schemaRequestService: (uri) => Promise.reject(new Error(`no schema is fetched: ${uri}`)),
    workspaceContext: { resolveRelativePath: (relativePath) => relativePath },
    clientCapabilities: {
      textDocument: {
        completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
      },
    },
  });
  service.configure({
    validate: false,
    hover: true,
    completion: true,
    hoverSchemaSource: false,
    schemas: [{ uri: "berth://schemas/compose.json", fileMatch: ["*"], schema: COMPOSE_SCHEMA }],
    customTags: [
      "!reset scalar",
      "!reset sequence",
      "!reset mapping",
      "!override sequence",
      "!override mapping",
    ],
  });
  return new YamlFacade(service);
}

/** Keeps one TextDocument per file version: the service caches by document. */
class YamlFacade implements YamlService {
  readonly #service: LanguageService;
  #last: TextDocument | undefined;

  constructor(service: LanguageService) {
    this.#service = service;
  }

  async complete(file: YamlText, offset: number): Promise<readonly Completion[]> {
    const document = this.#document(file);
    const list = await this.#service.doComplete(document, document.positionAt(offset), false);
    return list.items.map((item) => completionOf(document, item, offset));
  }

  async hover(file: YamlText, offset: number): Promise<Hover | undefined> {
    const document = this.#document(file);
    const hover = await this.#service.doHover(document, document.positionAt(offset));
    if (hover?.range === undefined) return undefined;
    const markdown = markdownOf(hover.contents as MarkupContent).replace(/^#### Compose\s*/, "");
    return markdown === "" ? undefined : { markdown, range: offsets(document, hover.range) };
  }

  symbols(file: YamlText): readonly OutlineSymbol[] {
    const document = this.#document(file);
    type Found = ReturnType<LanguageService["findDocumentSymbols2"]>[number];
    const convert = (symbol: Found): OutlineSymbol => ({
      name: symbol.name === "" ? "-" : symbol.name,
      detail: symbol.detail ?? "",
      kind: (symbol.children ?? []).length > 0 ? "key" : "value",
      range: offsets(document, symbol.range),
      selection: offsets(document, symbol.selectionRange),
      children: (symbol.children ?? []).map(convert),
    });
    return this.#service.findDocumentSymbols2(document, { resultLimit: 10_000 }).map(convert);
  }

  #document({ uri, version, text }: YamlText): TextDocument {
    const last = this.#last;
    if (last !== undefined && last.uri === uri && last.version === version && last.getText() === text)
      return last;
    this.#last = TextDocument.create(uri, "yaml", version, text);
    return this.#last;
  }
}

function offsets(document: TextDocument, range: Range): OffsetRange {
  return { start: document.offsetAt(range.start), end: document.offsetAt(range.end) };
}

function markdownOf(content: MarkupContent | string | undefined): string {
  return typeof content === "string" ? content : (content?.value ?? "");
}

const KINDS: Readonly<Record<number, CompletionKind>> = {
  10: "property",
  12: "value",
  13: "value",
  15: "snippet",
  9: "property",
};

function completionOf(document: TextDocument, item: CompletionItem, offset: number): Completion {
  const edit = item.textEdit !== undefined && "range" in item.textEdit ? item.textEdit : undefined;
  return {
    label: item.label,
    kind: KINDS[item.kind ?? 0] ?? "value",
    detail: item.detail,
    documentation: markdownOf(item.documentation),
    insert: edit?.newText ?? item.insertText ?? item.label,
    isSnippet: item.insertTextFormat === 2,
    range: edit === undefined ? { start: offset, end: offset } : offsets(document, edit.range),
    sort: item.sortText ?? item.label,
  };
}
