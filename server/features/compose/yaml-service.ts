import { TextDocument } from "vscode-languageserver-textdocument";
import type { CompletionItem, MarkupContent, Range } from "vscode-languageserver-types";
import { COMPOSE_SCHEMA } from "../../../runtime/model/lint/compose/schema/compose-schema.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import type { Completion, CompletionKind, Hover } from "../feature.ts";
import { type Excerpt, excerptAt } from "./excerpt.ts";

/** yaml-language-server's service with the Compose schema, with offsets instead of positions. */
export interface YamlService {
  complete(text: string, offset: number): Promise<readonly Completion[]>;
  hover(text: string, offset: number): Promise<Hover | undefined>;
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

/** Shows the service the block that matters; each time as a new version, because the service remembers by that. */
class YamlFacade implements YamlService {
  readonly #service: LanguageService;
  #version = 0;

  constructor(service: LanguageService) {
    this.#service = service;
  }

  async complete(text: string, offset: number): Promise<readonly Completion[]> {
    const excerpt = excerptAt(text, offset);
    const document = this.#document(excerpt);
    const list = await this.#service.doComplete(document, document.positionAt(excerpt.offset), false);
    return list.items.map((item) => completionOf(document, item, excerpt));
  }

  async hover(text: string, offset: number): Promise<Hover | undefined> {
    const excerpt = excerptAt(text, offset);
    const document = this.#document(excerpt);
    const hover = await this.#service.doHover(document, document.positionAt(excerpt.offset));
    if (hover?.range === undefined) return undefined;
    const markdown = markdownOf(hover.contents as MarkupContent).replace(/^#### Compose\s*/, "");
    return markdown === "" ? undefined : { markdown, range: offsets(document, hover.range, excerpt) };
  }

  #document({ text }: Excerpt): TextDocument {
    this.#version += 1;
    return TextDocument.create("berth:///compose.yaml", "yaml", this.#version, text);
  }
}

function offsets(document: TextDocument, range: Range, { shift }: Excerpt): OffsetRange {
  return { start: document.offsetAt(range.start) + shift, end: document.offsetAt(range.end) + shift };
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

function completionOf(document: TextDocument, item: CompletionItem, excerpt: Excerpt): Completion {
  const edit = item.textEdit !== undefined && "range" in item.textEdit ? item.textEdit : undefined;
  return {
    label: item.label,
    kind: KINDS[item.kind ?? 0] ?? "value",
    detail: item.detail,
    documentation: markdownOf(item.documentation),
    insert: edit?.newText ?? item.insertText ?? item.label,
    isSnippet: item.insertTextFormat === 2,
    range: edit === undefined ? at(excerpt) : offsets(document, edit.range, excerpt),
    sort: item.sortText ?? item.label,
  };
}

function at({ offset, shift }: Excerpt): OffsetRange {
  return { start: offset + shift, end: offset + shift };
}
