import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lstat, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { provideSampleImages } from "./sample-images.ts";
import { type RunningEngine, startEngine } from "./start-engine.ts";
import { ensureVsCodeWeb, quietSettings, startVsCodeWeb } from "./vscode-web.ts";

/** `npm start`: builds, starts the engine, fills it with the sample's images, opens VS Code on the sample workspace. */
const project = path.dirname(import.meta.dirname);
const workspace = path.join(project, "samples/hello");
const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  say("Building the extension, the language server and the engine …");
  buildPrograms();
  const stopped = stopRequest();
  const code = desktopCode();
  const web = code ? undefined : await ensureVsCodeWeb(say);
  await using engine = await startEngine(say);
  await provideSampleImages(engine, say);
  if (code) await openDesktop(code, stopped);
  else if (web) await openInBrowser(web, engine, stopped);
  say("\nStopping the editor and the engine; containers keep running. `npm start` finds them again.");
}

function buildPrograms(): void {
  const result = spawnSync(process.execPath, [path.join(project, "scripts/build.ts")], { stdio: "inherit" });
  if (result.status !== 0) throw new Error("the build failed; its messages are above");
}

/**
 * Resolves at Ctrl-C or SIGTERM. Ctrl-C arrives twice, from the terminal and from the first step that passes signals on:
 * the listeners stay, so that the second does not end this process in the middle of stopping.
 */
function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
}

function desktopCode(): string | undefined {
  if (process.env.BERTH_EDITOR === "browser") return undefined;
  const folders = (process.env.PATH ?? "").split(":");
  return folders.map((folder) => path.join(folder, "code")).find((file) => existsSync(file));
}

async function openDesktop(code: string, stopped: Promise<void>): Promise<void> {
  say(`Opening VS Code (${code}) on ${workspace}. Ctrl-C here stops the engine.`);
  const asRoot =
    process.getuid?.() === 0
      ? ["--no-sandbox", "--user-data-dir", path.join(os.homedir(), ".berth-code")]
      : [];
  const result = spawnSync(
    code,
    [`--extensionDevelopmentPath=${project}`, "--new-window", ...asRoot, workspace],
    { stdio: "inherit" },
  );
  if (result.status !== 0)
    throw new Error(
      `${code} ended with ${result.status}; set BERTH_EDITOR=browser for VS Code in the browser`,
    );
  await stopped;
}

async function openInBrowser(
  web: Awaited<ReturnType<typeof ensureVsCodeWeb>>,
  engine: RunningEngine,
  stopped: Promise<void>,
): Promise<void> {
  const profile = path.join(
    process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"),
    "berth-editor-profile",
  );
  const extensions = path.join(profile, "extensions");
  await mkdir(extensions, { recursive: true });
  await writeSettingsOnce(path.join(profile, "data/User/settings.json"));
  await linkExtension(path.join(extensions, "berth.berth"));
  say("Starting VS Code in the browser …");
  await using editor = await startVsCodeWeb(web, {
    userData: path.join(profile, "data"),
    extensions,
    address: process.env.BERTH_EDITOR_ADDRESS ?? "127.0.0.1:8090",
    environment: { BERTH_HOST: `unix://${engine.socket}` },
    testDriver: false,
  });
  const address = `http://${editor.authority}/?folder=${encodeURIComponent(workspace)}`;
  say(
    `\nReady. Open this address in your browser:\n\n  ${address}\n\nCtrl-C stops the editor and the engine; containers keep running.`,
  );
  openBrowser(address);
  const died = new Promise<void>((resolve) => editor.process.once("exit", () => resolve()));
  await Promise.race([stopped, died]);
}

/** The profile's first settings; later the user's own are left alone. */
async function writeSettingsOnce(file: string): Promise<void> {
  if (existsSync(file)) return;
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(quietSettings, null, 2)}\n`);
}

async function linkExtension(link: string): Promise<void> {
  const found = await lstat(link).catch(() => undefined);
  if (found) await rm(link, { recursive: true, force: true });
  await symlink(project, link);
}

/** Opens the page where there is a desktop; the address is printed in any case. */
function openBrowser(address: string): void {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  spawn("xdg-open", [address], { stdio: "ignore", detached: true })
    .on("error", () => {})
    .unref();
}

await main().catch((error: unknown) => {
  process.stderr.write(`berth: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
process.exit();
