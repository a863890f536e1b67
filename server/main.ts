import { readFile, stat } from "node:fs/promises";
import process from "node:process";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import type { Host } from "./lsp/host.ts";
import { serve } from "./lsp/serve.ts";

/** The language server: `node dist/server.cjs --stdio`. */

const MAXIMUM_FILE_BYTES = 1 << 20;

const host: Host = {
  async readFile(path) {
    try {
      const { size } = await stat(path);
      return size > MAXIMUM_FILE_BYTES ? undefined : await readFile(path, "utf8");
    } catch {
      // Absent and unreadable come to the same here: the file cannot be used.
      return undefined;
    }
  },
  environment: process.env,
};

const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
serve(connection, host);
