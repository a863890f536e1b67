import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import { openEditor } from "../harness/editor.ts";
import { clearLeftovers } from "../harness/engine-leftovers.ts";
import { startFixtureRegistry } from "../harness/fixture-registry.ts";
import { freePort } from "../harness/free-port.ts";
import { until } from "../harness/until.ts";
import { Workbench } from "../harness/workbench.ts";

const project = path.dirname(path.dirname(import.meta.dirname));

/** The process that runs an engine on `root`; undefined when there is none. */
async function enginePid(root: string): Promise<number | undefined> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")).split("\0");
    if (words.includes("engine") && words[words.indexOf("--root") + 1] === root) return Number(entry);
  }
  return undefined;
}

it("the extension starts its engine, brings a Compose file up, survives the engine's death, stops it", {
  timeout: 420_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), "berth-bundled-e2e-"));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const root = path.join(folder, "root");
  stack.defer(() => clearLeftovers(root));
  const registry = stack.use(await startFixtureRegistry(["busybox:latest"]));
  const workspace = path.join(folder, "hello");
  await cp(path.join(project, "samples/hello"), workspace, { recursive: true });
  const port = await freePort();
  const compose = await readFile(path.join(workspace, "compose.yaml"), "utf8");
  await writeFile(path.join(workspace, "compose.yaml"), compose.replace("8080:8080", `${port}:8080`));
  const editor = stack.use(
    await openEditor({
      workspace,
      settings: {
        "berth.engine.root": root,
        "berth.engine.socket": path.join(folder, "berth.sock"),
        "berth.engine.registryMirrors": [registry.url],
      },
      environment: {},
    }),
  );
  const { page } = editor;
  const workbench = new Workbench(page);
  const containers = page.locator('.pane:has(.pane-header[aria-label^="Containers"])');

  const steps = async () => {
    await workbench.openContainer("Berth");
    await containers.getByText("No containers yet").waitFor({ timeout: 60_000 });
    await editor.screenshot("engine-1-started");

    await workbench.openContainer("Explorer");
    await workbench.menu(workbench.row("compose.yaml"), "Compose Up");
    await workbench.openContainer("Berth");
    await containers.locator(".monaco-list-row", { hasText: "2 running" }).waitFor({ timeout: 120_000 });
    const home = await until("the web service answers", 30_000, async () =>
      (await fetch(`http://127.0.0.1:${port}/`)).text(),
    );
    assert.match(home, /Hello from a container/);
    await workbench.openFile("compose.yaml");
    await until("the services show what they do", 20_000, async () => {
      const text = await page.locator(".monaco-editor .view-lines").first().textContent();
      return /web:\s*running/.test(text ?? "") && /clock:\s*healthy/.test(text ?? "") ? true : undefined;
    });
    await editor.screenshot("engine-2-compose");
    await workbench.openContainer("Berth");

    // It dies; the port goes on answering, the views come back.
    const first = await enginePid(root);
    assert.ok(first !== undefined, "the extension runs an engine");
    process.kill(first, "SIGKILL");
    const second = await until("another engine runs", 30_000, async () => {
      const pid = await enginePid(root);
      return pid !== undefined && pid !== first ? pid : undefined;
    });
    assert.match(await (await fetch(`http://127.0.0.1:${port}/`)).text(), /Hello from a container/);
    await containers.locator(".monaco-list-row", { hasText: "2 running" }).waitFor({ timeout: 60_000 });
    await editor.screenshot("engine-3-recovered");

    await workbench.openContainer("Explorer");
    await workbench.menu(workbench.row("compose.yaml"), "Compose Down and Remove Volumes");
    await page
      .locator(".monaco-dialog-box .dialog-buttons .monaco-button", { hasText: /Remove|Down/ })
      .first()
      .click();
    await workbench.openContainer("Berth");
    await containers.getByText("No containers yet").waitFor({ timeout: 60_000 });

    await workbench.command("Berth: Stop Engine");
    await containers.getByText("The engine is stopped").waitFor({ timeout: 30_000 });
    await until("its process is gone", 15_000, async () =>
      (await enginePid(root)) === undefined ? true : undefined,
    );
    assert.throws(() => process.kill(second, 0));
    await editor.screenshot("engine-4-stopped");
  };
  await steps().catch(async (error: unknown) => {
    await editor.screenshot("engine-failed");
    throw error;
  });
});
