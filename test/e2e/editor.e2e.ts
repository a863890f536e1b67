import assert from "node:assert/strict";
import path from "node:path";
import { it } from "node:test";
import { openEditor } from "../harness/editor.ts";
import { startEngine } from "../harness/engine.ts";
import { startFixtureRegistry } from "../harness/fixture-registry.ts";
import { freePort } from "../harness/free-port.ts";
import { until } from "../harness/until.ts";
import { Workbench } from "../harness/workbench.ts";

const fixtures = path.join(path.dirname(import.meta.dirname), "fixtures");

it("from a Dockerfile to a running container and back, in the editor", { timeout: 420_000 }, async () => {
  await using registry = await startFixtureRegistry(["node:20"]);
  await using engine = await startEngine({ mirrors: [registry.url] });
  await using editor = await openEditor({
    workspace: path.join(fixtures, "node-app"),
    settings: { "berth.engine.socket": engine.socket, "berth.engine.root": engine.root },
    environment: {},
  });
  const { page } = editor;
  const workbench = new Workbench(page);
  const port = await freePort();
  const failed = async (error: unknown) => {
    await editor.screenshot("editor-failed");
    throw error;
  };

  const steps = async () => {
    // A mistake is marked while it is typed; a completion is accepted.
    await workbench.openFile("Dockerfile");
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("RUNN echo hi");
    await page.locator(".monaco-editor .squiggly-error").first().waitFor({ timeout: 20_000 });
    await editor.screenshot("01-diagnostic");
    await page.keyboard.press("Control+Backspace");
    await page.keyboard.press("Control+Shift+K");
    await page.keyboard.press("Control+End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("STOPS");
    const suggestion = page
      .locator(".suggest-widget.visible .monaco-list-row", { hasText: "STOPSIGNAL" })
      .first();
    await suggestion.waitFor({ timeout: 20_000 });
    await editor.screenshot("02-completion");
    await suggestion.click();
    await until("STOPSIGNAL stands in the editor", 10_000, async () => {
      const text = await page.locator(".monaco-editor .view-lines").first().textContent();
      return text?.includes("STOPSIGNAL") ? true : undefined;
    });
    await workbench.command("File: Revert File");

    // Build from the explorer's context menu.
    await workbench.openContainer("Explorer");
    await workbench.menu(workbench.row("Dockerfile"), "Build Image");
    await workbench.answer("my-app:v2");
    await workbench.untilTerminalShows("Built my-app:v2", 180_000);
    await until("what each instruction cost stands behind it", 10_000, async () => {
      const text = await page.locator(".monaco-editor .view-lines").first().textContent();
      return /\d\ss\s·\s[\d.]+\s[kM]?B/.test(text ?? "") ? true : undefined;
    });
    await editor.screenshot("03-build");

    // Run it from the tree, see it running, fetch its page.
    await workbench.openContainer("Berth");
    await workbench.menu(workbench.row("my-app:v2"), "Run");
    await workbench.answer("test-app", "(1/2)");
    await workbench.answer(`${port}:3000`, "(2/2)");
    const running = workbench.row(/test-app.*Up /);
    await running.waitFor({ timeout: 60_000 });
    await editor.screenshot("04-running");
    const page1 = await until("the app answers", 30_000, async () => {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      return await response.text();
    });
    assert.match(page1, /^hello from /);

    // A shell in it: a command's output is read from the terminal.
    await workbench.menu(running, "Attach Shell");
    await workbench.untilTerminalShows(/[#$] ?$/m);
    await workbench.typeInTerminal("echo inside-$((6*7)); hostname");
    await workbench.untilTerminalShows("inside-42");
    await editor.screenshot("05-shell");
    await workbench.typeInTerminal("exit 3");

    // Logs follow.
    await workbench.menu(workbench.row(/test-app/), "View Logs");
    await workbench.untilTerminalShows("my-app listens on 3000");
    await fetch(`http://127.0.0.1:${port}/followed`);
    await workbench.untilTerminalShows("GET /followed");
    await editor.screenshot("06-logs");

    // Stop and remove; the tree follows the events.
    await workbench.menu(workbench.row(/test-app/), "Stop");
    await workbench.row(/test-app.*Exited/).waitFor({ timeout: 30_000 });
    await editor.screenshot("07-stopped");
    await workbench.menu(workbench.row(/test-app/), "Remove Container");
    await page.locator(".monaco-dialog-box .dialog-buttons .monaco-button", { hasText: "Remove" }).click();
    await until("the container is gone from the tree", 30_000, async () =>
      (await workbench.row(/test-app/).count()) === 0 ? true : undefined,
    );
    await editor.screenshot("08-removed");
    assert.equal((await engine.docker(["ps", "-aq"])).stdout, "");
  };
  await steps().catch(failed);
});
