import type { Locator, Page } from "playwright-core";
import { until } from "./until.ts";

/** What a user does in the workbench, in the user's words; selectors checked against VS Code 1.139. */
export class Workbench {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async openFile(name: string): Promise<void> {
    await this.#page.keyboard.press("Control+P");
    await this.#page.locator(`${quickInput} .quick-input-box input`).fill(name);
    await this.#page.locator(quickRow, { hasText: name }).first().click({ timeout: 15_000 });
    await this.#page.locator(".monaco-editor .view-line").first().waitFor({ timeout: 15_000 });
  }

  /** Runs a command of the palette. Its list is fixed when it opens, so it is reopened until the command is there. */
  async command(label: string): Promise<void> {
    const end = Date.now() + 30_000;
    for (;;) {
      await this.#page.keyboard.press("F1");
      const input = this.#page.locator(`${quickInput} .quick-input-box input`);
      await input.waitFor({ timeout: 15_000 });
      await input.fill(`>${label}`);
      const row = this.#page.locator(quickRow, { hasText: label }).first();
      const found = await row.waitFor({ timeout: 1500 }).then(
        () => true,
        () => false,
      );
      if (found) return row.click();
      if (Date.now() > end) throw new Error(`no command "${label}" in the palette`);
      await this.#page.keyboard.press("Escape");
    }
  }

  /** Answers an input box; `title` tells it from the one before, which may still be there for a moment. */
  async answer(text: string, title = ""): Promise<void> {
    await this.#page
      .locator(`${quickInput} .quick-input-title`, { hasText: title })
      .waitFor({ timeout: 15_000, state: "attached" });
    const input = this.#page.locator(`${quickInput} .quick-input-box input`);
    await input.waitFor({ timeout: 15_000 });
    await input.fill(text);
    await this.#page.keyboard.press("Enter");
  }

  /** Accepts what an input box or list offers. */
  async accept(): Promise<void> {
    await this.#page.locator(`${quickInput} .quick-input-box input`).waitFor({ timeout: 15_000 });
    await this.#page.keyboard.press("Enter");
  }

  async pick(label: string): Promise<void> {
    await this.#page.locator(quickRow, { hasText: label }).first().click({ timeout: 15_000 });
  }

  /** Opens an activity-bar container; clicking the icon of the open one would hide it. */
  async openContainer(title: string): Promise<void> {
    const icon = this.#page.locator(`.activitybar .action-item a.action-label[aria-label^="${title}"]`);
    await icon.waitFor({ timeout: 30_000 });
    const checked = this.#page.locator(".activitybar .action-item.checked", {
      has: this.#page.locator(`a[aria-label^="${title}"]`),
    });
    // The badge with the number of running containers lies over the icon.
    if ((await checked.count()) === 0) await icon.click({ force: true });
  }

  row(text: string | RegExp): Locator {
    return this.#page.locator(".sidebar .monaco-list-row", { hasText: text });
  }

  /** Opens a row's context menu and takes an item. */
  async menu(row: Locator, item: string): Promise<void> {
    const entry = this.#page
      .locator(`.monaco-menu .action-item:not(.disabled) .action-label[aria-label^="${item}"]`)
      .first();
    await until(`the menu takes "${item}"`, 30_000, async () => {
      await row.first().click({ button: "right", timeout: 15_000 });
      await entry.waitFor({ timeout: 15_000 });
      // A menu that has just opened ignores clicks, so that the one that opened it does not choose.
      for (let attempt = 0; attempt < 5; attempt += 1) {
        await entry.click({ timeout: 1000 }).catch(() => undefined);
        if ((await entry.count()) === 0) return true;
      }
      // One whose row was drawn anew while it opened takes no click at all.
      await this.#page.keyboard.press("Escape");
      return undefined;
    });
  }

  async terminalText(): Promise<string> {
    const rows = await this.#page.locator(".terminal-wrapper.active .xterm-rows > div").allInnerTexts();
    return rows
      .map((row) => row.replace(/\u00a0/g, " ").trimEnd())
      .join("\n")
      .trimEnd();
  }

  async typeInTerminal(text: string): Promise<void> {
    await this.#page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus({ timeout: 15_000 });
    await this.#page.keyboard.type(text);
    await this.#page.keyboard.press("Enter");
  }

  /** Waits until the terminal shows `text`. */
  async untilTerminalShows(text: string | RegExp, timeoutMs = 30_000): Promise<string> {
    return until(`the terminal shows ${text}`, timeoutMs, async () => {
      const shown = await this.terminalText();
      const hit = typeof text === "string" ? shown.includes(text) : text.test(shown);
      return hit ? shown : undefined;
    });
  }
}

const quickInput = '.quick-input-widget:not([style*="display: none"])';
const quickRow = `${quickInput} .quick-input-list .monaco-list-row`;
