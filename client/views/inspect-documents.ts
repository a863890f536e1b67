import * as vscode from "vscode";

const scheme = "berth-inspect";

/** Read-only JSON documents of what an engine says of a thing; asked for anew each time one is shown. */
export interface InspectDocuments extends vscode.Disposable {
  readonly show: (title: string, read: (signal: AbortSignal) => Promise<unknown>) => Promise<void>;
}

/** Registers the documents with the editor. */
export function createInspectDocuments(): InspectDocuments {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const registrations = [
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.path) ?? "",
    }),
    vscode.workspace.onDidCloseTextDocument((document) => {
      if (document.uri.scheme === scheme) texts.delete(document.uri.path);
    }),
  ];
  return {
    show: async (title, read) => {
      const value = await read(AbortSignal.timeout(30_000));
      const uri = vscode.Uri.from({ scheme, path: `/${title.replaceAll("/", "∕")}.json` });
      texts.set(uri.path, `${JSON.stringify(value, undefined, 2)}\n`);
      changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
    },
    dispose: () => {
      for (const registration of registrations) registration.dispose();
    },
  };
}
