import { existsSync } from "node:fs";
import * as vscode from "vscode";
import {
  type BuiltInstruction,
  type BuiltParameters,
  builtNotification,
} from "../runtime/model/dockerfile/built.ts";
import { type EngineFacts, enginesNotification } from "../runtime/model/engine-facts.ts";

/** Compose files under names the editor does not know are plain YAML to it; the server looks at the name. */
const selector: { readonly language: string; readonly pattern?: string }[] = [
  { language: "dockerfile" },
  { language: "dockercompose" },
  { language: "yaml", pattern: "**/*compose*.{yml,yaml}" },
];

/** Files beside a Dockerfile or Compose file that what is said of it depends on. */
const neighbours =
  "**/{.dockerignore,*.dockerignore,.env,*.env,.hadolint.yaml,.hadolint.yml,*compose*.yaml,*compose*.yml,Dockerfile}";

/** The language server, as the rest of the extension sees it. */
export interface LanguageFeatures extends AsyncDisposable {
  /** Tells what a build of the file made of each instruction; lost when the server does not run. */
  readonly tellBuilt: (file: vscode.Uri, instructions: readonly BuiltInstruction[]) => Promise<void>;
  /** Tells what the connected engines have; a server that starts later is told then. */
  readonly tellEngines: (facts: EngineFacts) => Promise<void>;
}

/**
 * Starts the language server when the first Dockerfile or Compose file is open, and not before. Disposing stops it.
 * What goes wrong is logged: the editor works without it.
 */
export function startLanguageFeatures(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
): LanguageFeatures {
  let client: ReturnType<typeof startClient> | undefined;
  let facts: EngineFacts | undefined;
  let told: string | undefined;
  const tellFacts = async () => {
    const running = await client;
    const text = JSON.stringify(facts);
    // Lists are read again at every event; most change nothing that files are about.
    if (running === undefined || facts === undefined || text === told) return;
    told = text;
    await running.notify(enginesNotification, facts);
  };
  const look = (document: vscode.TextDocument) => {
    if (client !== undefined || vscode.languages.match(selector, document) === 0) return;
    watcher.dispose();
    client = startClient(context, log).catch((error: unknown) => {
      log.error("the language server could not be started", error);
      return undefined;
    });
    void tellFacts();
  };
  const watcher = vscode.workspace.onDidOpenTextDocument(look);
  for (const document of vscode.workspace.textDocuments) look(document);
  return {
    tellBuilt: async (file, instructions) => {
      await (await client)?.notify(builtNotification, { uri: file.toString(), instructions });
    },
    tellEngines: async (newest) => {
      facts = newest;
      await tellFacts();
    },
    [Symbol.asyncDispose]: async () => {
      watcher.dispose();
      await (await client)?.stop();
    },
  };
}

/** Those of the extensions with features for Compose files that are installed and enabled. */
function neighbouringExtensions(): readonly string[] {
  const known = ["redhat.vscode-yaml", "docker.docker", "ms-azuretools.vscode-containers"];
  return known.filter((id) => vscode.extensions.getExtension(id) !== undefined);
}

async function startClient(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
  const module = context.asAbsolutePath("dist/server.cjs");
  if (!existsSync(module)) {
    log.warn(`the language server is missing: ${module} does not exist`);
    return undefined;
  }
  const { LanguageClient, TransportKind } = await import("vscode-languageclient/node");
  const watcher = vscode.workspace.createFileSystemWatcher(neighbours);
  const client = new LanguageClient(
    "berth",
    "Berth Language Server",
    { module, transport: TransportKind.stdio },
    {
      documentSelector: selector,
      // What these give in Compose files is left to them, unless the settings say otherwise.
      initializationOptions: { extensions: neighbouringExtensions() },
      synchronize: { configurationSection: "berth", fileEvents: watcher },
      outputChannel: log,
    },
  );
  await client.start();
  return {
    notify: (method: string, parameters: BuiltParameters | EngineFacts) =>
      client.sendNotification(method, parameters),
    stop: async () => {
      watcher.dispose();
      await client.stop();
    },
  };
}
