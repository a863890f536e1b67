import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { it } from "node:test";
import type { Page } from "playwright-core";
import { openEditor } from "../harness/editor.ts";
import { startEngine } from "../harness/engine.ts";
import { type SshHost, startSshHost } from "../harness/ssh-host.ts";
import { until } from "../harness/until.ts";
import { Workbench } from "../harness/workbench.ts";

const fixtures = path.join(path.dirname(import.meta.dirname), "fixtures");

/** A user's home whose SSH configuration knows the host by a name; and a workspace that builds without a registry. */
async function prepare(folder: string, host: SshHost): Promise<{ home: string; workspace: string }> {
  const home = path.join(folder, "home");
  await mkdir(path.join(home, ".ssh"), { recursive: true, mode: 0o700 });
  const config = [
    "Host second",
    `  HostName ${host.host}`,
    `  Port ${host.port}`,
    `  User ${host.user}`,
    `  IdentityFile ${host.keyPath}`,
  ];
  await writeFile(path.join(home, ".ssh/config"), `${config.join("\n")}\n`);
  const workspace = path.join(folder, "workspace");
  await cp(path.join(fixtures, "static-app"), workspace, { recursive: true });
  await cp("/bin/busybox", path.join(workspace, "busybox"));
  return { home, workspace };
}

async function press(page: Page, button: string): Promise<void> {
  await page
    .locator(".monaco-dialog-box .dialog-buttons .monaco-button", { hasText: button })
    .click({ timeout: 30_000 });
}

it("another Linux host over SSH: added, built on, run on, looked into; its changed key is refused", {
  timeout: 420_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(path.join(os.tmpdir(), "berth-ssh-e2e-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const host = stack.use(await startSshHost());
  const local = stack.use(await startEngine());
  const { home, workspace } = await prepare(folder, host);
  const editor = stack.use(
    await openEditor({
      workspace,
      settings: { "berth.engine.socket": local.socket, "berth.engine.root": local.root },
      environment: { HOME: home, SSH_AUTH_SOCK: "" },
    }),
  );
  const { page } = editor;
  const workbench = new Workbench(page);

  const steps = async () => {
    await workbench.openContainer("Berth");
    await workbench.command("Add SSH Host");
    await workbench.answer("second");
    const dialog = page.locator(".monaco-dialog-box");
    await dialog.waitFor({ timeout: 30_000 });
    const asked = await dialog.textContent();
    assert.ok(asked?.includes(await host.hostKeyFingerprint()), `the fingerprint is shown: ${asked}`);
    await editor.screenshot("ssh-1-host-key");
    await press(page, "Trust");
    const images = page.locator('.pane:has(.pane-header[aria-label^="Images"])');
    const containers = page.locator('.pane:has(.pane-header[aria-label^="Containers"])');
    // A connected host's row says nothing but its name; until then it tells the step.
    const connected = containers.locator('.monaco-list-row[aria-label^="second"]', { hasText: /^second$/ });
    await connected.waitFor({ timeout: 180_000 });
    const known = await readFile(path.join(home, ".ssh/known_hosts"), "utf8");
    assert.ok(known.includes(host.host), `the host is known now: ${known}`);

    // Build there.
    await workbench.openContainer("Explorer");
    await workbench.menu(workbench.row("Dockerfile"), "Build Image");
    await workbench.pick("second");
    await workbench.answer("far-app:1");
    await workbench.untilTerminalShows("Built far-app:1", 120_000);
    await editor.screenshot("ssh-2-built");

    // Run there and look inside.
    await workbench.openContainer("Berth");
    const image = images.locator(".monaco-list-row", { hasText: "far-app:1" });
    await image.waitFor({ timeout: 30_000 });
    await workbench.menu(image, "Run");
    await workbench.answer("far", "(1/2)");
    await workbench.answer("", "(2/2)");
    const running = containers.locator(".monaco-list-row", { hasText: /far.*Up / });
    await running.waitFor({ timeout: 60_000 });
    await workbench.menu(running, "Attach Shell");
    await workbench.untilTerminalShows(/[#$] ?$/m);
    await workbench.typeInTerminal("echo far-$((6*7)) $(ls /bin/busybox)");
    await workbench.untilTerminalShows("far-42 /bin/busybox");
    await editor.screenshot("ssh-3-shell");
    assert.equal((await local.docker(["ps", "-aq"])).stdout, "", "nothing runs on the local engine");
    await workbench.typeInTerminal("exit");

    // The same address with another key: refused, and the user is told.
    await workbench.command("Disconnect");
    await workbench.pick("second");
    await host.rotateHostKey();
    await workbench.command("Berth: Reconnect");
    await workbench.pick("second");
    await until("the changed key is refused", 60_000, async () => {
      const text = await page.locator("body").textContent();
      return /host key.*(changed|differ|other)/is.test(text ?? "") ? true : undefined;
    });
    await editor.screenshot("ssh-4-changed-key");
  };
  await steps().catch(async (error: unknown) => {
    await editor.screenshot("ssh-failed");
    throw error;
  });
});
