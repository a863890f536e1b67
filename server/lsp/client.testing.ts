import type { Readable, Writable } from "node:stream";
import {
  type CodeAction,
  type CompletionItem,
  createProtocolConnection,
  type Diagnostic,
  type Hover,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { applyEdits } from "../../runtime/model/text/edits.ts";

/** The server's process, as far as the client needs it; the test starts it. */
export interface ServerProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  once(event: "exit", listener: () => void): unknown;
}

/** A real server in a process of its own, spoken to over stdio as an editor does. For tests. */
export class TestClient implements AsyncDisposable {
  readonly #process: ServerProcess;
  readonly #connection: ProtocolConnection;
  readonly #documents = new Map<string, TextDocument>();
  readonly #published = new Map<string, PublishDiagnosticsParams>();
  #wake: () => void = () => {};

  private constructor(process: ServerProcess) {
    this.#process = process;
    this.#connection = createProtocolConnection(
      new StreamMessageReader(process.stdout),
      new StreamMessageWriter(process.stdin),
    );
    this.#connection.onNotification(
      "textDocument/publishDiagnostics",
      (published: PublishDiagnosticsParams) => {
        this.#published.set(published.uri, published);
        this.#wake();
      },
    );
    this.#connection.listen();
  }

  static async start(server: ServerProcess, settings: object = {}): Promise<TestClient> {
    const client = new TestClient(server);
    await client.#connection.sendRequest("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
      initializationOptions: settings,
    });
    await client.#connection.sendNotification("initialized", {});
    return client;
  }

  async open(uri: string, languageId: string, text: string): Promise<readonly Diagnostic[]> {
    this.#documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.#connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId, version: 1, text },
    });
    return this.diagnostics(uri);
  }

  /** Sends one incremental change and gives the diagnostics of the new version. */
  async replace(uri: string, start: number, end: number, text: string): Promise<readonly Diagnostic[]> {
    await this.type(uri, start, end, text);
    return this.diagnostics(uri);
  }

  /** Sends one incremental change and waits for nothing. */
  async type(uri: string, start: number, end: number, text: string): Promise<void> {
    const document = this.#document(uri);
    const range = { start: document.positionAt(start), end: document.positionAt(end) };
    const version = document.version + 1;
    TextDocument.update(document, [{ range, text }], version);
    await this.#connection.sendNotification("textDocument/didChange", {
      textDocument: { uri, version },
      contentChanges: [{ range, text }],
    });
  }

  /** Waits for the diagnostics of the document's newest version. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const { version } = this.#document(uri);
    for (;;) {
      const published = this.#published.get(uri);
      if (published?.version === version) return published.diagnostics;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for diagnostics of any version that are as expected. */
  async until(
    uri: string,
    isExpected: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]> {
    for (;;) {
      const diagnostics = this.#published.get(uri)?.diagnostics;
      if (diagnostics !== undefined && isExpected(diagnostics)) return diagnostics;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  text(uri: string): string {
    return this.#document(uri).getText();
  }

  async complete(uri: string, offset: number): Promise<readonly CompletionItem[]> {
    return this.#connection.sendRequest("textDocument/completion", this.#at(uri, offset));
  }

  async hover(uri: string, offset: number): Promise<Hover | null> {
    return this.#connection.sendRequest("textDocument/hover", this.#at(uri, offset));
  }

  async notify(method: string, parameters: object): Promise<void> {
    await this.#connection.sendNotification(method, parameters);
  }

  async request<R>(method: string, uri: string, offset = 0, more: object = {}): Promise<R> {
    return this.#connection.sendRequest(method, { ...this.#at(uri, offset), ...more });
  }

  async codeActions(
    uri: string,
    start: number,
    end: number,
    only?: readonly string[],
  ): Promise<readonly CodeAction[]> {
    const document = this.#document(uri);
    return this.#connection.sendRequest("textDocument/codeAction", {
      textDocument: { uri },
      range: { start: document.positionAt(start), end: document.positionAt(end) },
      context: { diagnostics: [], only },
    });
  }

  /** Carries out a code action and gives the diagnostics that remain. */
  async apply(uri: string, action: CodeAction): Promise<readonly Diagnostic[]> {
    const document = this.#document(uri);
    const edits: readonly TextEdit[] = action.edit?.changes?.[uri] ?? [];
    const text = applyEdits(
      document.getText(),
      edits.map(({ range, newText }) => ({
        range: { start: document.offsetAt(range.start), end: document.offsetAt(range.end) },
        text: newText,
      })),
    );
    return this.replace(uri, 0, document.getText().length, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#process.once("exit", resolve));
    await this.#connection.sendRequest("shutdown");
    await this.#connection.sendNotification("exit");
    await ended;
    this.#connection.dispose();
  }

  #at(uri: string, offset: number): object {
    return { textDocument: { uri }, position: this.#document(uri).positionAt(offset) };
  }

  #document(uri: string): TextDocument {
    const document = this.#documents.get(uri);
    if (document === undefined) throw new Error(`not open: ${uri}`);
    return document;
  }
}
