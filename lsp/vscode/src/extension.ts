/** The extension: what starts when a playbook is opened, and what a person can ask for. */
import * as vscode from "vscode";

import { GraphPanel } from "./graph";
import { LabelPathView } from "./labels";
import { PlanView } from "./plan";
import { Runs } from "./runs";
import { Server } from "./server";
import { Tests } from "./tests";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  server = new Server(context);
  const runs = new Runs(server);
  const tests = new Tests(server);
  const plan = new PlanView(server);
  const labels = new LabelPathView(server);
  const graph = new GraphPanel(server, context.extensionUri);
  const running = server;
  const commands: [string, (...given: unknown[]) => unknown][] = [
    ["sophia.run", (where) => runs.run(playbookOf(where))],
    ["sophia.runWithInputs", (where) => runs.runWithInputs(playbookOf(where))],
    ["sophia.test", (where, title) => tests.runFile(playbookOf(where), typeof title === "string" ? title : undefined)],
    ["sophia.plan", () => plan.focus()],
    ["sophia.showGraph", (where) => graph.show(playbookOf(where))],
    ["sophia.showLabelPath", () => labels.focus()],
    ["sophia.restartServer", () => running.restart()],
    ["sophia.showLog", () => running.showLog()],
  ];
  context.subscriptions.push(
    server,
    tests,
    plan,
    labels,
    graph,
    ...commands.map(([name, action]) => vscode.commands.registerCommand(name, action)),
    vscode.workspace.onDidChangeConfiguration(async (change) => {
      if (change.affectsConfiguration("sophia.server.path")) {
        await running.restart();
      }
    }),
  );
  await server.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** The playbook that a command is about: what it was given, or else the text in front. */
function playbookOf(given: unknown): vscode.Uri | undefined {
  if (given instanceof vscode.Uri) {
    return given;
  }
  if (typeof given === "string" && given !== "") {
    return vscode.Uri.parse(given);
  }
  const front = vscode.window.activeTextEditor?.document;
  return front?.languageId === "sophia" ? front.uri : undefined;
}
