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

it("images, containers, networks and volumes are managed from the views", { timeout: 300_000 }, async () => {
  await using registry = await startFixtureRegistry(["busybox:latest"]);
  await using engine = await startEngine({ mirrors: [registry.url] });
  await using editor = await openEditor({
    workspace: path.join(fixtures, "static-app"),
    settings: { "berth.engine.socket": engine.socket, "berth.engine.root": engine.root },
    environment: {},
  });
  const { page } = editor;
  const workbench = new Workbench(page);
  const port = await freePort();
  const confirm = (label: string) =>
    page.locator(".monaco-dialog-box .dialog-buttons .monaco-button", { hasText: label }).click();
  const gone = (row: RegExp) =>
    until(`${row} is gone from the views`, 30_000, async () =>
      (await workbench.row(row).count()) === 0 ? true : undefined,
    );
  const shown = (text: string | RegExp) =>
    page
      .locator(".editor-group-container .view-lines", { hasText: text })
      .first()
      .waitFor({ timeout: 15_000 });

  const steps = async () => {
    // Images: pull, tag, history.
    await workbench.openContainer("Berth");
    await workbench.row(/^bridge/).waitFor({ timeout: 60_000 });
    await workbench.command("Berth: Pull Image");
    await workbench.answer("busybox:latest");
    await workbench.row("busybox:latest").waitFor({ timeout: 60_000 });
    await editor.screenshot("manage-01-pulled");
    await workbench.menu(workbench.row("busybox:latest"), "Tag Image");
    await workbench.answer("mine:1");
    await workbench.row("mine:1").waitFor({ timeout: 15_000 });
    await workbench.menu(workbench.row("mine:1"), "Show Image History");
    await shown("CreatedBy");
    await editor.screenshot("manage-02-history");

    // A container with a terminal: what is typed runs there; renamed, paused, resumed, killed.
    await workbench.menu(workbench.row("mine:1"), "Run Interactively");
    await workbench.answer("lab", "(1/2)");
    await workbench.answer(`${port}:80`, "(2/2)");
    await workbench.untilTerminalShows(/[#$] ?$/m);
    await workbench.typeInTerminal("echo typed-$((6*7))");
    await workbench.untilTerminalShows("typed-42");
    await editor.screenshot("manage-03-interactive");
    await workbench.typeInTerminal("httpd -p 80 -h /etc && echo serving");
    await workbench.untilTerminalShows(/^serving$/m);
    assert.match(await (await fetch(`http://127.0.0.1:${port}/passwd`)).text(), /^root:/);
    await workbench.menu(workbench.row(/lab.*Up/), "Rename Container");
    await workbench.answer("bench");
    await workbench.row(/bench.*Up/).waitFor({ timeout: 15_000 });
    await workbench.menu(workbench.row(/bench/), "Pause");
    await workbench.row(/bench.*Paused/).waitFor({ timeout: 15_000 });
    await editor.screenshot("manage-04-paused");
    await workbench.menu(workbench.row(/bench/), "Resume");
    await workbench.row(/bench.*Up(?!.*Paused)/).waitFor({ timeout: 15_000 });
    await workbench.menu(workbench.row(/bench/), "Attach to Process");
    await editor.screenshot("manage-05-attached");
    await workbench.typeInTerminal("echo again-$((6*7))");
    await workbench.untilTerminalShows("again-42");
    const opened = page.context().waitForEvent("page", { timeout: 15_000 });
    await workbench.menu(workbench.row(/bench/), "Open in Browser");
    // VS Code in a browser passes the port on by its own address.
    await until("the container's page is open", 15_000, async () =>
      (await opened).url().includes(`${port}`) ? true : undefined,
    );
    await editor.screenshot("manage-06-browser");
    await (await opened).close();
    await workbench.menu(workbench.row(/bench/), "Kill");
    await gone(/bench/);
    await editor.screenshot("manage-07-killed");

    // A network and a volume: made, looked at, removed.
    await workbench.command("Berth: Create Network");
    await workbench.answer("backend");
    await workbench.answer("10.231.77.0/24", "Subnet");
    await workbench.menu(workbench.row("backend"), "Inspect Network");
    await shown("10.231.77.0/24");
    await editor.screenshot("manage-08-network");
    await workbench.menu(workbench.row("backend"), "Remove Network");
    await confirm("Remove");
    await gone(/backend/);
    await workbench.command("Berth: Create Volume");
    await workbench.answer("precious");
    await workbench.menu(workbench.row("precious"), "Inspect Volume");
    await shown("Mountpoint");
    await editor.screenshot("manage-09-volume");
    await workbench.menu(workbench.row("precious"), "Remove Volume");
    await confirm("Remove");
    await gone(/precious/);

    // What stopped is swept away.
    await engine.dockerOk(["run", "--name", "over", "mine:1", "true"]);
    await workbench.row(/over.*Exited/).waitFor({ timeout: 15_000 });
    await workbench.command("Berth: Remove Stopped Containers");
    await confirm("Remove");
    await gone(/over/);
    await page.getByText("1 container removed").first().waitFor({ timeout: 15_000 });
    await editor.screenshot("manage-10-pruned");
  };
  await steps().catch(async (error: unknown) => {
    await editor.screenshot("manage-failed");
    throw error;
  });
});
