// What a person sees in VS Code: each step is done with keys and pointer, asserted on the page, and pictured.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Hands } from "./hands.mjs";
import { inEditor, remote } from "./session.mjs";

const PLAYBOOK = "churn_watch.sophia";

/**
 * @param {object} place what `makePlace` gave
 * @param {string} pictures the folder of the pictures
 * @param {(name: string) => void} passed told of each step that passed
 * @param {string[]} [only] the steps; all of them where nothing is said
 */
export async function looks(place, pictures, passed, only) {
  const written = (await readFile(join(place.project, PLAYBOOK), "utf8")).split("\n");
  /** The line (from 1) and column of a text of the playbook. */
  const at = (text) => {
    const line = written.findIndex((line) => line.includes(text));
    assert(line >= 0, `\`${text}\` is not in the playbook`);
    return { line: line + 1, column: written[line].indexOf(text) + 1 };
  };
  const prepare = async (_, address) => [["openFile", remote(address, join(place.project, PLAYBOOK))]];
  await inEditor(place, prepare, async (page) => {
    const hands = new Hands(page, pictures);
    await hands.ready();
    const steps = { colours, squiggle, hover, fix, completion, rename, graph, plan, tests, labels, nowhere };
    for (const [name, step] of Object.entries(steps)) {
      if (only !== undefined && !only.includes(name)) {
        continue;
      }
      try {
        await step(hands, at, place);
        passed(name);
      } catch (cause) {
        await hands.picture(`${name}-failed`);
        throw new Error(`${name}: ${cause.message}`, { cause });
      }
    }
  });
}

async function colours(hands) {
  await hands.page.locator(".codelens-decoration", { hasText: "Test all" }).waitFor();
  // Words inside SQL that may be columns have one colour only once the server has said what they are.
  await hands.page.waitForFunction(() => {
    const colour = (word) => {
      const spans = [...document.querySelectorAll(".view-line span[class*=mtk]")];
      const span = spans.find((span) => span.textContent.includes(word));
      return span === undefined ? undefined : getComputedStyle(span).color;
    };
    return colour("contract") !== undefined && colour("contract") === colour("tenure");
  });
  await hands.picture("1-colours");
}

async function squiggle(hands, at) {
  const { line, column } = at("tenure, contract");
  await hands.go(line, column + "tenure".length);
  await hands.keys.press("Backspace");
  await hands.page.waitForSelector(".squiggly-error");
  await hands.page.locator(".statusbar-item[id='status.problems'] a[aria-label*='1']").waitFor();
  await hands.picture("2-squiggle");
}

async function hover(hands) {
  await hands.pointAt(".squiggly-error");
  const words = hands.page.locator(".monaco-hover:visible", { hasText: "There is no column" });
  await words.waitFor();
  assert.match(await words.innerText(), /tenur.*customers/s);
  await hands.picture("3-hover");
  await hands.keys.press("Escape");
}

async function fix(hands, at) {
  await hands.keys.press("Control+.");
  const menu = hands.page.locator(".action-widget .monaco-list-row", { hasText: "tenure" }).first();
  await menu.waitFor();
  await hands.picture("4-fix");
  await hands.keys.press("Enter");
  await hands.page.waitForSelector(".squiggly-error", { state: "detached" });
  await hands.shows("customer_id, tenure, contract");
}

async function completion(hands, at) {
  const { line, column } = at("payment_method, monthly_charges");
  await hands.go(line, column + "payment_method, monthly_charges".length);
  await hands.keys.type(", pap");
  const row = hands.page.locator(".suggest-widget.visible .monaco-list-row", { hasText: "paperless_billing" });
  await row.waitFor();
  await hands.picture("5-completion");
  await hands.keys.press("Enter");
  await hands.shows("monthly_charges, paperless_billing");
  for (let undone = 0; undone < 3; undone += 1) {
    await hands.keys.press("Control+z");
  }
  await hands.hides("paperless");
}

async function rename(hands, at) {
  const { line, column } = at("at_risk = customers");
  await hands.go(line, column + 2);
  await hands.keys.press("F2");
  const box = hands.page.locator(".rename-box input");
  await box.waitFor();
  await box.fill("in_danger");
  await hands.picture("6-rename");
  await hands.keys.press("Enter");
  // Between the words stand the types that were found.
  await hands.shows("let in_danger");
  await hands.shows(" in in_danger, 8 at a time");
  await hands.hides("at_risk");
  await hands.keys.press("Control+z");
  await hands.shows("let at_risk");
  await hands.hides("in_danger");
}

async function graph(hands, at) {
  await hands.command("Sophia: Show Graph Beside");
  const page = await hands.graph();
  const effect = page.getByRole("button", { name: /^do slack\.post_message/ }).first();
  await effect.waitFor();
  assert.equal(await page.locator("svg.sophia-plan script").count(), 0);
  await hands.picture("7-graph");
  // In a narrow window its words can be read all the same.
  const window = hands.page.viewportSize();
  await hands.page.setViewportSize({ width: 860, height: window.height });
  const words = page.locator("svg.sophia-plan text").nth(1);
  await words.evaluate(async () => {
    while (innerWidth >= 400) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  assert((await words.boundingBox()).height >= 9, "words of the graph are too small");
  await hands.page.setViewportSize(window);
  // A click goes to the line.
  await hands.clickAt(effect, 20, 20);
  await hands.cursorInLine(at("do slack.post_message(").line);
  await page.locator(".current", { hasText: "do slack.post_message" }).first().waitFor();
  // Enter does too.
  await page.getByRole("button", { name: /^for each customer/ }).first().press("Enter");
  await hands.cursorInLine(at("for each customer in at_risk").line);
  // In a low window the page goes where the cursor goes.
  await hands.page.setViewportSize({ width: window.width, height: 420 });
  for (const [text, name] of [["channel: \"#ops\"", /slack\.post_message.*line 72/], ["let at_risk", /^at_risk/]]) {
    await hands.go(at(text).line, 1);
    const step = page.getByRole("button", { name }).first();
    await step.locator("xpath=self::*[@aria-current='true']").waitFor();
    assert(await step.evaluate((box) => {
      const { top, bottom } = box.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight + 24;
    }), `${name} is out of sight`);
  }
  await hands.picture("7-graph-in-a-low-window");
  await hands.page.setViewportSize(window);
  // An edit is followed.
  const { line } = at("for each customer in at_risk");
  await hands.go(line - 1, 1);
  await hands.keys.type('stop "Nobody." when count(at_risk) = 0\n', { delay: 0 });
  await page.getByRole("button", { name: /^stop/ }).first().waitFor();
  await hands.picture("8-graph-after-an-edit");
  // While there is a mistake, the picture stays and says that it is old.
  await hands.keys.type("let x = nowhere");
  await page.getByRole("status").filter({ hasText: "mistakes" }).waitFor();
  assert(await page.locator("body.old svg.sophia-plan").count() === 1);
  await hands.picture("9-graph-of-a-text-with-mistakes");
  await hands.command("File: Revert File");
  await page.getByRole("button", { name: /^stop/ }).first().waitFor({ state: "detached" });
  await hands.command("View: Close All Editors in Group".replace("View: Close All Editors in Group", "View: Join All Editor Groups"));
  await hands.page.locator(".tab", { hasText: "Graph of churn_watch" }).hover();
  await hands.page.locator(".tab", { hasText: "Graph of churn_watch" }).locator(".codicon-close").click();
}

async function plan(hands) {
  await hands.command("Sophia: Show Plan and Cost");
  await hands.widenSideBar(460);
  const tree = hands.page.locator(".pane", { hasText: "Plan and Cost" });
  for (const words of ["slack.post_message", "≤ 51 a run", "to #cs-alerts, #ops", "→ openai", "≤ $1.00 a run", "51 effects"]) {
    await tree.locator(".monaco-list-row", { hasText: words }).first().waitFor();
  }
  await hands.picture("10-plan");
}

async function tests(hands) {
  await hands.command("Test: Run All Tests");
  await hands.command("Testing: Focus on Test Explorer View");
  const view = hands.page.locator(".test-explorer");
  await view.locator(".codicon-testing-passed-icon").first().waitFor();
  await view.locator(".monaco-list-row", { hasText: "churn_watch" }).locator(".monaco-tl-twistie").click();
  for (const title of ["a customer at risk is announced once", "a settled customer is left alone"]) {
    await view.locator(".monaco-list-row", { hasText: title }).locator(".codicon-testing-passed-icon").waitFor();
  }
  await hands.picture("11-tests");
}

async function labels(hands, at, place) {
  const manifest = join(place.project, "sophia.toml");
  const before = await readFile(manifest, "utf8");
  await writeFile(manifest, `${before}\n[labels]\n"warehouse.customers.contract" = "@pii.contract"\n`);
  await hands.command("Sophia: Show How Data Gets Here");
  const tree = hands.page.locator(".pane", { hasText: "How Data Gets Here" });
  const flow = tree.locator(".monaco-list-row", { hasText: "S603 · line" }).first();
  await flow.waitFor();
  const stop = tree.locator(".monaco-list-row", { hasText: "query customers" }).first();
  await stop.waitFor();
  await hands.picture("12-labels");
  await stop.click();
  await hands.cursorInLine(at("select customer_id").line);
  await writeFile(manifest, before);
  await flow.waitFor({ state: "detached" });
}

async function nowhere(hands, _, place) {
  const settings = join(place.data, "Machine/settings.json");
  await writeFile(settings, JSON.stringify({ "sophia.server.path": "/nowhere/sophia" }));
  const toast = hands.page.locator(".notification-toast", { hasText: "there is no program at that place" });
  await toast.waitFor();
  await hands.page.locator("[id$='sophia.server'] [aria-label*='cannot start']").waitFor();
  await hands.picture("13-no-server");
}
