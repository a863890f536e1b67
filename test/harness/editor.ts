import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { format } from "node:util";
import type { Page } from "playwright-core";
import {
  ensureVsCodeWeb,
  installExtension,
  quietSettings,
  type RunningVsCodeWeb,
  startVsCodeWeb,
} from "../../scripts/vscode-web.ts";
import { type Browser, openBrowser } from "./browser.ts";

/** A real VS Code with the packaged extension, opened in a browser on a copy of a workspace. */
export interface Editor extends AsyncDisposable {
  readonly page: Page;
  /** The copy; files may be changed freely. */
  readonly workspace: string;
  readonly server: RunningVsCodeWeb;
  /** Saves a picture under `test-artifacts/`. */
  readonly screenshot: (name: string) => Promise<void>;
}

export interface EditorOptions {
  /** Folder that is copied and opened. */
  readonly workspace: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
  /** Loads this suite into the extension host instead of leaving the editor to the page's user. */
  readonly suite?: { readonly extension: string; readonly tests: string };
  readonly onLog?: (text: string) => void;
  readonly onExit?: (code: number) => void;
}

const project = path.dirname(path.dirname(import.meta.dirname));

const testSettings = {
  ...quietSettings,
  // Else settings and extensions open in an overlay that swallows F1.
  "workbench.editor.useModal": "off",
  // The DOM renderer: a terminal's text can be read from the page.
  "terminal.integrated.gpuAcceleration": "off",
  "json.schemaDownload.enable": false,
  "npm.fetchOnlinePackageInfo": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "git.enabled": false,
  "window.confirmBeforeClose": "never",
  "files.autoSave": "off",
};

/** Starts VS Code, opens it in Chromium and waits until the workbench is there. */
export async function openEditor(options: EditorOptions): Promise<Editor> {
  await using stack = new AsyncDisposableStack();
  const root = await mkdtemp(path.join(os.tmpdir(), "berth-editor-"));
  stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  const workspace = path.join(root, "workspace");
  await cp(options.workspace, workspace, { recursive: true });
  const userData = path.join(root, "data");
  await mkdir(path.join(userData, "User"), { recursive: true });
  await writeFile(
    path.join(userData, "User/settings.json"),
    JSON.stringify({ ...testSettings, ...options.settings }),
  );
  const web = await ensureVsCodeWeb((text) => process.stdout.write(`${text}\n`));
  const serverOptions = {
    userData,
    extensions: path.join(root, "extensions"),
    address: "127.0.0.1:0",
    environment: options.environment,
    testDriver: options.suite !== undefined,
  };
  if (!options.suite) await installExtension(web, await packagedExtension(), serverOptions);
  const server = stack.use(await startVsCodeWeb(web, serverOptions));
  const browser = stack.use(await openBrowser());
  await openWorkbench(browser, server, workspace, options);
  const kept = stack.move();
  return {
    page: browser.page,
    workspace,
    server,
    screenshot: async (name) => {
      await mkdir(path.join(project, "test-artifacts"), { recursive: true });
      await browser.page.screenshot({ path: path.join(project, "test-artifacts", `${name}.png`) });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function packagedExtension(): Promise<string> {
  const { version } = JSON.parse(await readFile(path.join(project, "package.json"), "utf8")) as {
    version: string;
  };
  return path.join(project, "dist", `berth-${version}.vsix`);
}

async function openWorkbench(
  browser: Browser,
  server: RunningVsCodeWeb,
  workspace: string,
  options: EditorOptions,
): Promise<void> {
  const remote = (file: string) => `vscode-remote://${server.authority}${path.resolve(file)}`;
  const payload: [string, string][] = [
    ["skipWelcome", "true"],
    ["skipReleaseNotes", "true"],
  ];
  if (options.suite) {
    payload.push(["extensionDevelopmentPath", remote(options.suite.extension)]);
    payload.push(["extensionTestsPath", remote(options.suite.tests)]);
    payload.push(["extensionEnvironment", JSON.stringify(options.environment)]);
    await browser.page.exposeFunction("codeAutomationLog", (_type: string, args: readonly unknown[]) =>
      options.onLog?.(format(...args)),
    );
    await browser.page.exposeFunction("codeAutomationExit", (code: number | undefined) =>
      options.onExit?.(code ?? 1),
    );
  }
  const query = new URLSearchParams({ folder: workspace, payload: JSON.stringify(payload) });
  await browser.page.goto(`http://${server.authority}/?${query}`, { waitUntil: "commit" });
  await browser.page.waitForSelector(".monaco-workbench", { timeout: 60_000 });
  if (!options.suite)
    await browser.page.waitForSelector('.statusbar [id="status.problems"]', { timeout: 60_000 });
}
