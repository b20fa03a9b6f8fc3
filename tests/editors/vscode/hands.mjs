// What a person does in VS Code, and what there is to see: for the tests that look at the screen.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** A window, and where pictures of it go. */
export class Hands {
  /**
   * @param {import("playwright-core").Page} page
   * @param {string} pictures a folder
   */
  constructor(page, pictures) {
    this.page = page;
    this.pictures = pictures;
    this.keys = page.keyboard;
  }

  /** Waits until the text is there and the server has said that it runs. */
  async ready() {
    await this.page.waitForSelector(".monaco-editor .view-line");
    await this.page.waitForSelector('#sophia\\.sophia\\.server a[aria-label*=" runs "], [id$="sophia.server"] [aria-label*=" runs "]');
  }

  /** A picture of the window as it is. */
  async picture(name) {
    await mkdir(this.pictures, { recursive: true });
    // The pointer's own marks differ from run to run.
    await this.page.screenshot({ path: join(this.pictures, `${name}.png`), animations: "disabled", caret: "hide" });
  }

  /** Runs a command by its title, as from the palette. */
  async command(title) {
    await this.keys.press("F1");
    const input = this.page.locator(".quick-input-widget input[type=text]");
    await input.waitFor();
    await input.fill(`>${title}`);
    const row = this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
    await row.waitFor();
    await row.click();
  }

  /** Puts the cursor at a place of the text in the first group; both count from 1. */
  async go(line, column) {
    await this.keys.press("Control+1");
    await this.keys.press("Control+g");
    const input = this.page.locator(".quick-input-widget input[type=text]");
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.keys.press("Enter");
    await this.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col ${column}` }).waitFor();
  }

  /** Waits until the status bar shows the cursor in a line. */
  async cursorInLine(line) {
    await this.page.locator(".statusbar-item", { hasText: `Ln ${line}, Col` }).waitFor();
  }

  /** The lines that are visible in the text in front. */
  async lines() {
    const lines = await this.page.locator(".monaco-editor .view-lines .view-line").allInnerTexts();
    return lines.map((line) => line.replaceAll("\u00a0", " "));
  }

  /** Waits until the visible text holds something. */
  async shows(words) {
    await this.page.waitForFunction(
      (words) =>
        [...document.querySelectorAll(".monaco-editor .view-lines .view-line")].some((line) =>
          line.textContent.replaceAll("\u00a0", " ").includes(words),
        ),
      words,
    );
  }

  /** Waits until the visible text holds something no more. */
  async hides(words) {
    await this.page.waitForFunction(
      (words) =>
        ![...document.querySelectorAll(".monaco-editor .view-lines .view-line")].some((line) =>
          line.textContent.replaceAll("\u00a0", " ").includes(words),
        ),
      words,
    );
  }

  /** Draws the edge of the side bar until it is so wide. */
  async widenSideBar(width) {
    const bar = await this.page.locator(".part.sidebar").boundingBox();
    assert(bar !== null, "there is no side bar");
    const middle = bar.y + bar.height / 2;
    await this.page.mouse.move(bar.x + bar.width, middle);
    await this.page.mouse.down();
    await this.page.mouse.move(bar.x + width, middle, { steps: 5 });
    await this.page.mouse.up();
    await this.page.waitForFunction(
      (width) => document.querySelector(".part.sidebar").getBoundingClientRect().width > width - 20,
      width,
    );
  }

  /** Points at something. */
  async pointAt(selector) {
    const box = await this.page.locator(selector).first().boundingBox();
    assert(box !== null, `${selector} is not visible`);
    await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 3 });
  }

  /** Clicks inside something, so far from its upper left corner. */
  async clickAt(locator, right, down) {
    const box = await locator.boundingBox();
    assert(box !== null, "it is not visible");
    await this.page.mouse.click(box.x + right, box.y + down);
  }

  /** The page of the graph, which stands in a frame of its own. */
  async graph() {
    const outer = this.page.frameLocator("iframe.webview.ready");
    return outer.frameLocator("#active-frame");
  }
}
