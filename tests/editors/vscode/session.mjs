// VS Code in a browser: starting both, and ending both whatever happens.
import { spawn } from "node:child_process";
import { chromium } from "playwright-core";

import { environment, words } from "./place.mjs";

/** How long a condition may take before a test fails. Nothing waits this long where all is well. */
export const PATIENCE = Number(process.env.PATIENCE ?? 60_000);

/** Starts the editor over a place; gives its address and how to end it. */
async function startEditor(place) {
  const child = spawn(process.execPath, [...words(place), "--auth", "none", "--bind-addr", "127.0.0.1:0"], {
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    const listen = (part) => {
      said += part;
      const found = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found) {
        resolve(found[1]);
      }
    };
    child.stdout.setEncoding("utf8").on("data", listen);
    child.stderr.setEncoding("utf8").on("data", listen);
    child.on("exit", (code) => reject(new Error(`the editor ended with ${code}:\n${said}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.removeAllListeners("exit");
      child.on("exit", resolve);
      // It starts further processes, which live in its group.
      process.kill(-child.pid, "SIGKILL");
    });
  return { address, stop, said: () => said };
}

/**
 * Opens the project of a place.
 *
 * @param {object} place what `makePlace` gave
 * @param {(page: import("playwright-core").Page, address: string) => Promise<[string, unknown][]>} prepare readies
 *   the page and gives what the window is told at its start
 * @param {(page: import("playwright-core").Page) => Promise<void>} use does what is to be done
 */
export async function inEditor(place, prepare, use) {
  const editor = await startEditor(place);
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"],
    });
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      colorScheme: "dark",
      reducedMotion: "reduce",
    });
    // Whatever the editor would ask of the world stays unasked.
    await context.route(
      (url) => url.hostname !== "127.0.0.1" && !url.hostname.endsWith("localhost"),
      (route) => route.abort(),
    );
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const told = await prepare(page, editor.address);
    const query = new URLSearchParams({ folder: place.project, payload: JSON.stringify(told) });
    await page.goto(`${editor.address}/?${query}`, { waitUntil: "commit" });
    await use(page);
  } catch (cause) {
    process.stderr.write(editor.said());
    throw cause;
  } finally {
    await browser?.close();
    await editor.stop();
  }
}

/** The address under which the window knows a file of this machine. */
export function remote(address, path) {
  return `vscode-remote://${new URL(address).host}${path}`;
}
