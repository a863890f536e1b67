import assert from "node:assert/strict";
import { globSync } from "node:fs";
import path from "node:path";
import { it } from "node:test";
import { downloadAndUnzipVSCode, runTests } from "@vscode/test-electron";
import { build } from "esbuild";
import { openEditor } from "../harness/editor.ts";
import { startEngine } from "../harness/engine.ts";

const project = path.dirname(path.dirname(import.meta.dirname));
const suites = path.join(project, "dist/test");

/** Bundles the suites as CommonJS, which is what the extension host loads. */
async function buildSuites(): Promise<void> {
  await build({
    entryPoints: globSync("test/e2e/suite/{index,*.suite}.ts", { cwd: project }).map((file) =>
      path.join(project, file),
    ),
    outdir: suites,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    external: ["vscode", "mocha"],
    define: { "import.meta.dirname": "__dirname" },
    logLevel: "error",
  });
}

/** A desktop VS Code: one downloaded before, or downloaded now where BERTH_DOWNLOAD_VSCODE asks for it. */
async function desktopExecutable(): Promise<string | undefined> {
  const downloaded = globSync(".vscode-test/vscode-*/**/code", { cwd: project }).map((file) =>
    path.join(project, file),
  );
  if (downloaded[0]) return downloaded[0];
  return process.env.BERTH_DOWNLOAD_VSCODE ? downloadAndUnzipVSCode() : undefined;
}

it("the mocha suite passes inside the extension host", { timeout: 240_000 }, async () => {
  await buildSuites();
  await using engine = await startEngine();
  const workspace = path.join(project, "samples/hello");
  const environment = { BERTH_HOST: `unix://${engine.socket}` };
  const executable = await desktopExecutable();
  if (executable) {
    const code = await runTests({
      vscodeExecutablePath: executable,
      extensionDevelopmentPath: project,
      extensionTestsPath: path.join(suites, "index.cjs"),
      extensionTestsEnv: environment,
      launchArgs: [workspace, "--no-sandbox"],
    });
    assert.equal(code, 0);
    return;
  }
  const log: string[] = [];
  const ended = Promise.withResolvers<number>();
  await using editor = await openEditor({
    workspace,
    settings: {},
    environment,
    suite: { extension: project, tests: path.join(suites, "index.cjs") },
    onLog: (text) => log.push(...text.split("\n")),
    onExit: ended.resolve,
  });
  const code = await ended.promise;
  if (code !== 0) await editor.screenshot("extension-host");
  const shown = log.filter((line) => /✔|passing|failing|\d+\)|Error|expected|actual/.test(line)).join("\n");
  console.log(shown);
  assert.equal(code, 0, `the suite failed in the extension host:\n${log.slice(-60).join("\n")}`);
  assert.match(shown, /[1-9]\d* passing/);
});
