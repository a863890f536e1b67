import process from "node:process";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { disk } from "./disk.ts";
import { serve } from "./lsp/serve.ts";

/** The language server: `node dist/server.cjs --stdio`. */

const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
serve(connection, disk);
