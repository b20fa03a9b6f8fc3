// A fresh place for one run of VS Code: the project that it opens, its settings, its extensions.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The root of the repository. */
export const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** The program that stands for the editor. */
export const editor = fileURLToPath(new URL("../node_modules/code-server/out/node/entry.js", import.meta.url));

/** Node 20 keeps to itself what the editor's extension host takes for granted. */
export const environment = { ...process.env, NODE_OPTIONS: "--experimental-websocket" };

// Nothing is kept between runs, nothing asks, nothing moves that a test does not move.
const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.cursorBlinking": "solid",
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "files.autoSave": "off",
  "files.hotExit": "off",
  "files.simpleDialog.enable": true,
  "git.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "terminal.integrated.enablePersistentSessions": false,
  "update.mode": "none",
  "window.confirmBeforeClose": "never",
  "workbench.enableExperiments": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
};

/**
 * Makes the place.
 *
 * @param {{ settings?: Record<string, unknown>, extension?: string }} wanted further settings; a `.vsix` to install
 */
export async function makePlace({ settings = {}, extension } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "sophia-editor-"));
  const place = {
    folder,
    project: join(folder, "churn_watch"),
    data: join(folder, "data"),
    extensions: join(folder, "extensions"),
    settings: join(folder, "server.yaml"),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
  await cp(join(repository, "examples/churn_watch"), place.project, {
    recursive: true,
    filter: (path) => !path.endsWith("/runs") && !path.endsWith("/.sophia"),
  });
  await mkdir(join(place.data, "User"), { recursive: true });
  await mkdir(place.extensions);
  await writeFile(join(place.data, "User/settings.json"), JSON.stringify({ ...SETTINGS, ...settings }));
  // What is set for the machine alone stands beside what is set for the person, and is watched only where it is there.
  await mkdir(join(place.data, "Machine"));
  await writeFile(join(place.data, "Machine/settings.json"), "{}");
  await writeFile(place.settings, "");
  if (extension !== undefined) {
    await promisify(execFile)(process.execPath, [...words(place), "--install-extension", extension], {
      env: environment,
    });
  }
  return place;
}

/** The words on the command line that keep an editor in its place. */
export function words(place) {
  return [
    editor,
    "--user-data-dir", place.data,
    "--extensions-dir", place.extensions,
    "--config", place.settings,
    "--disable-telemetry",
    "--disable-update-check",
    "--disable-workspace-trust",
  ];
}
