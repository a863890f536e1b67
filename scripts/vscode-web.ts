import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const codeServerVersion = "4.139.1";
const nodeVersion = "24";
const npmVersion = "11";

/** Where VS Code in the browser stands once it is installed. */
export interface VsCodeWeb {
  /** Node 24 binary that runs it. */
  readonly node: string;
  /** code-server's entry script. */
  readonly entry: string;
}

/**
 * Installs VS Code in the browser (npm package code-server) into the user's cache when it is not there yet; not a
 * dependency of the extension. `say` gets a line per step, and npm's own output goes to the terminal.
 * Throws when npm fails; a half-done installation is started over next time.
 */
export async function ensureVsCodeWeb(say: (text: string) => void): Promise<VsCodeWeb> {
  const root = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "berth-vscode");
  const nodePackage = path.join(root, "node24/node_modules", `node-linux-${process.arch}`);
  const found: VsCodeWeb = {
    node: path.join(nodePackage, "bin/node"),
    entry: path.join(root, "code-server/node_modules/code-server/out/node/entry.js"),
  };
  const stamp = path.join(root, "ready");
  const wanted = `code-server ${codeServerVersion}\n`;
  if (existsSync(stamp) && existsSync(found.entry) && existsSync(found.node)) {
    const installed = await readFile(stamp, "utf8");
    if (installed === wanted) return found;
  }
  await rm(root, { recursive: true, force: true });
  // Two folders: npm prunes what the folder's package.json does not name, and code-server must not lose its Node.
  for (const folder of ["node24", "code-server"]) {
    await mkdir(path.join(root, folder), { recursive: true });
    await writeFile(path.join(root, folder, "package.json"), '{"private":true}\n');
  }
  say(`Installing Node ${nodeVersion} for VS Code in the browser …`);
  const packages = [`node-linux-${process.arch}@${nodeVersion}`, `npm@${npmVersion}`];
  // What an outer `npm start` says of itself (its Node's version above all) must not speak for the inner npm.
  const outer = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_user_agent|package|lifecycle|command|execpath|node_execpath)/i.test(key),
  );
  const environment = Object.fromEntries(outer);
  await npmInstall(["npm"], path.join(root, "node24"), packages, environment);
  say(`Installing VS Code in the browser (code-server ${codeServerVersion}; about two minutes, once) …`);
  // A distribution's npm runs install scripts on the distribution's Node; this one runs them on Node 24.
  const npm = [found.node, path.join(root, "node24/node_modules/npm/bin/npm-cli.js")] as const;
  await npmInstall(npm, path.join(root, "code-server"), [`code-server@${codeServerVersion}`], {
    ...environment,
    npm_config_nodedir: nodePackage,
    PATH: `${path.dirname(found.node)}:${process.env.PATH}`,
  });
  await writeFile(stamp, wanted);
  return found;
}

async function npmInstall(
  npm: readonly [program: string, ...args: string[]],
  directory: string,
  packages: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const [program, ...args] = npm;
  const child = spawn(
    program,
    [...args, "install", "--no-audit", "--no-fund", "--loglevel=error", ...packages],
    {
      cwd: directory,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("exit", resolve),
  );
  if (code !== 0)
    throw new Error(`npm install ${packages.join(" ")} ended with ${code}; its message is above`);
}

/** Settings of a fresh profile: nothing that asks, advertises or phones home. */
export const quietSettings: Readonly<Record<string, unknown>> = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.enabled": false,
  "update.showReleaseNotes": false,
  "git.openRepositoryInParentFolders": "never",
};

export interface VsCodeWebOptions {
  /** Profile folder: settings, logs, state. Made when missing. */
  readonly userData: string;
  readonly extensions: string;
  /** `127.0.0.1:0` for a free port. */
  readonly address: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Turns on the driver that tests need to load a suite into the extension host; it hides toasts. */
  readonly testDriver: boolean;
}

export interface RunningVsCodeWeb extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly authority: string;
  readonly process: ChildProcess;
  readonly log: () => string;
}

/**
 * Installs a `.vsix` into `options.extensions`; throws with code-server's own words. What counts is its list of extensions,
 * not its exit code: on Debian 13 the process crashes when it ends, after all is done (code-server 4.139 on Node 24).
 */
export async function installExtension(
  web: VsCodeWeb,
  vsix: string,
  options: VsCodeWebOptions,
): Promise<void> {
  const child = spawn(web.node, [...baseArguments(web, options), "--install-extension", vsix], {
    env: environment(options),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (output += data.toString()));
  const end = await new Promise<number | NodeJS.Signals | null>((resolve, reject) =>
    child.once("error", reject).once("exit", (code, signal) => resolve(code ?? signal)),
  );
  const list = path.join(options.extensions, "extensions.json");
  const installed = await readFile(list, "utf8").catch(() => "");
  if (!installed.includes(path.basename(vsix, ".vsix"))) {
    throw new Error(`cannot install ${vsix} into VS Code (${end}): ${output}`);
  }
}

/** Starts VS Code in the browser; resolves when it listens. Disposing stops it and all it started. */
export async function startVsCodeWeb(web: VsCodeWeb, options: VsCodeWebOptions): Promise<RunningVsCodeWeb> {
  await mkdir(path.join(options.userData, "User"), { recursive: true });
  await mkdir(options.extensions, { recursive: true });
  await writeFile(path.join(options.userData, "config.yaml"), "auth: none\n");
  const quiet = [
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-workspace-trust",
    "--disable-getting-started-override",
    "--disable-proxy",
    "--ignore-last-opened",
  ];
  const driver = options.testDriver ? ["--vscode-option", "enable-smoke-test-driver"] : [];
  const child = spawn(
    web.node,
    [...baseArguments(web, options), "--bind-addr", options.address, "--auth", "none", ...quiet, ...driver],
    { env: environment(options), stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  let log = "";
  const collect = (data: Buffer) => (log = (log + data.toString()).slice(-200_000));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const authority = await new Promise<string>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`VS Code in the browser did not start in 60 s\n${log}`)),
      60_000,
    );
    const look = () => {
      const match = /listening on http:\/\/(\S+?)\/?\s/.exec(log);
      if (!match?.[1]) return;
      clearTimeout(limit);
      resolve(match[1]);
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(whyItEnded(code, log, options.address))));
  });
  return { authority, process: child, log: () => log, [Symbol.asyncDispose]: () => stopGroup(child) };
}

function whyItEnded(code: number | null, log: string, address: string): string {
  if (!log.includes("EADDRINUSE")) return `VS Code in the browser ended with ${code}\n${log}`;
  return `VS Code in the browser cannot listen on ${address}: something else does, perhaps another \`npm start\`. BERTH_EDITOR_ADDRESS=127.0.0.1:PORT chooses another address`;
}

/** Ends the server's whole process group (extension hosts, terminals): politely, then after 3 s for good. */
async function stopGroup(child: ChildProcess): Promise<void> {
  const pid = child.pid;
  if (pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once("exit", () => resolve());
  });
  signalGroup(pid, "SIGTERM");
  const hard = setTimeout(() => signalGroup(pid, "SIGKILL"), 3000);
  await gone;
  clearTimeout(hard);
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already: what we wanted.
  }
}

function baseArguments(web: VsCodeWeb, options: VsCodeWebOptions): string[] {
  return [
    web.entry,
    "--config",
    path.join(options.userData, "config.yaml"),
    "--user-data-dir",
    options.userData,
    "--extensions-dir",
    options.extensions,
  ];
}

function environment(options: VsCodeWebOptions): NodeJS.ProcessEnv {
  // A VS Code that is started from a VS Code terminal must not inherit that one's variables.
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VSCODE_|ELECTRON_)/.test(key));
  return {
    ...Object.fromEntries(inherited),
    EXTENSIONS_GALLERY: "{}",
    XDG_DATA_HOME: options.userData,
    XDG_CONFIG_HOME: options.userData,
    ...options.environment,
  };
}
