import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Problem } from "../../runtime/model/text/problem.ts";

/** Publishes the problems of a document; `find` is asked once for the newest version only. */
export interface PublisherPorts {
  readonly current: (uri: string) => TextDocument | undefined;
  readonly find: (document: TextDocument) => Promise<readonly Problem[]>;
  readonly publish: (document: TextDocument, problems: readonly Problem[]) => Promise<void>;
}

/**
 * Diagnostics without a fixed delay: a change is looked at as soon as the messages that are already there have been
 * read, so a burst of changes costs one look, and what was found for a version that is no longer the newest is dropped.
 */
export class Publisher {
  readonly #ports: PublisherPorts;
  readonly #scheduled = new Map<string, NodeJS.Immediate>();

  constructor(ports: PublisherPorts) {
    this.#ports = ports;
  }

  schedule(uri: string): void {
    if (this.#scheduled.has(uri)) return;
    const immediate = setImmediate(() => {
      this.#scheduled.delete(uri);
      void this.#look(uri);
    });
    this.#scheduled.set(uri, immediate);
  }

  cancel(uri: string): void {
    const immediate = this.#scheduled.get(uri);
    if (immediate !== undefined) clearImmediate(immediate);
    this.#scheduled.delete(uri);
  }

  async #look(uri: string): Promise<void> {
    const document = this.#ports.current(uri);
    if (document === undefined) return;
    const { version } = document;
    const problems = await this.#ports.find(document);
    const isNewest = this.#ports.current(uri)?.version === version;
    if (isNewest) await this.#ports.publish(document, problems);
  }
}
