// Runs the tests of VS Code: those inside its extension host, then those that look at the screen.
// The words: the `.vsix`, the folder for pictures.
import { fileURLToPath } from "node:url";

import { looks } from "./looks.mjs";
import { makePlace } from "./place.mjs";
import { inEditor, PATIENCE, remote } from "./session.mjs";

const [extension, pictures, only] = process.argv.slice(2);
if (extension === undefined || pictures === undefined) {
  process.stderr.write("usage: run.mjs VSIX PICTURES [api|looks]\n");
  process.exit(2);
}

/** The tests in `host/`, run by the editor itself over the installed extension. */
async function api() {
  const place = await makePlace({ extension });
  let ended;
  const end = new Promise((resolve) => (ended = resolve));
  const prepare = async (page, address) => {
    await page.exposeFunction("codeAutomationLog", (_, [words]) => {
      // The editor's own talk comes the same way.
      const [, said] = /^sophia-test (.*)$/s.exec(String(words)) ?? [];
      if (said !== undefined) {
        process.stdout.write(`${said}\n`);
      }
    });
    await page.exposeFunction("codeAutomationExit", (code) => ended(code));
    const host = fileURLToPath(new URL("host/index.cjs", import.meta.url));
    return [
      ["extensionDevelopmentPath", remote(address, fileURLToPath(new URL("host", import.meta.url)))],
      ["extensionTestsPath", remote(address, host)],
    ];
  };
  try {
    await inEditor(place, prepare, async () => {
      const late = new Promise((resolve) => setTimeout(resolve, 5 * PATIENCE, "the tests of the API did not end"));
      const code = await Promise.race([end, late]);
      if (code !== 0) {
        throw new Error(`the tests of the API: ${code}`);
      }
    });
  } finally {
    await place.remove();
  }
}

async function screen() {
  const place = await makePlace({ extension });
  try {
    await looks(place, pictures, (name) => process.stdout.write(`  ok      vscode: ${name}\n`));
  } finally {
    await place.remove();
  }
}

try {
  if (only !== "looks") {
    await api();
  }
  if (only !== "api") {
    await screen();
  }
  process.exit(0);
} catch (cause) {
  process.stderr.write(`  FAILED  ${cause.stack}\n`);
  process.exit(1);
}
