import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  CompletionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { endProgram } from "./program.ts";

/** A language server over stdio, as an editor drives it: settings are answered from one object of sections. */
export class LanguageClient implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #connection: ProtocolConnection;
  readonly #waiting = new Map<string, (count: number) => void>();
  #version = 1;

  private constructor(child: ChildProcess, connection: ProtocolConnection) {
    this.#child = child;
    this.#connection = connection;
    connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
      this.#waiting.get(uri)?.(diagnostics.length);
    });
  }

  static async start(argv: readonly string[], settings: Readonly<Record<string, unknown>>) {
    const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "ignore"] });
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const client = new LanguageClient(child, connection);
    connection.onRequest("workspace/configuration", ({ items }: { items: { section?: string }[] }) =>
      items.map(({ section }) => settings[section ?? ""] ?? null),
    );
    connection.onRequest("client/registerCapability", () => null);
    connection.listen();
    try {
      const ended = once(child, "exit").then(([code]) => {
        throw new Error(`${argv[0]} ended with ${code} before it answered`);
      });
      const initialized = connection.sendRequest(InitializeRequest.type, {
        processId: process.pid,
        rootUri: null,
        capabilities: { workspace: { configuration: true }, textDocument: { publishDiagnostics: {} } },
      });
      await Promise.race([initialized, ended]);
      // That it ends later is no failure of its start.
      ended.catch(() => {});
      await connection.sendNotification(InitializedNotification.type, {});
      return client;
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Opens a document; resolves with the number of its problems when they are published. */
  async open(uri: string, languageId: string, text: string, signal: AbortSignal): Promise<number> {
    return await this.#published(uri, signal, () =>
      this.#connection.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId, version: 1, text },
      }),
    );
  }

  /** Replaces one line; resolves with the number of problems that the next publication has. */
  async replaceLine(uri: string, line: number, text: string, signal: AbortSignal): Promise<number> {
    this.#version++;
    const range = { start: { line, character: 0 }, end: { line, character: 10_000 } };
    return await this.#published(uri, signal, () =>
      this.#connection.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: this.#version },
        contentChanges: [{ range, text }],
      }),
    );
  }

  /** Asks for completions; gives their number, and fails when there are none. */
  async complete(uri: string, line: number, character: number, signal: AbortSignal): Promise<number> {
    const answer = await this.#connection.sendRequest(CompletionRequest.type, {
      textDocument: { uri },
      position: { line, character },
    });
    signal.throwIfAborted();
    const count = Array.isArray(answer) ? answer.length : (answer?.items.length ?? 0);
    if (count === 0) throw new Error(`no completions at ${line}:${character}`);
    return count;
  }

  async #published(uri: string, signal: AbortSignal, send: () => Promise<void>): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const interrupted = () => reject(signal.reason);
    const died = () => reject(new Error("the server ended"));
    const late = setTimeout(() => reject(new Error("no diagnostics were published in 20 s")), 20_000);
    signal.addEventListener("abort", interrupted, { once: true });
    this.#child.once("exit", died);
    this.#waiting.set(uri, resolve);
    try {
      await send();
      return await promise;
    } finally {
      clearTimeout(late);
      signal.removeEventListener("abort", interrupted);
      this.#child.off("exit", died);
      this.#waiting.delete(uri);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.dispose();
    await endProgram(this.#child);
  }
}
