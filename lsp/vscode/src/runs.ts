/**
 * Running a playbook from the editor: `sophia run` as a task, so that its output stands in a terminal and can be
 * stopped there.
 *
 * Kept true: nothing passes through a shell; what is run is what is on the disk, so texts are saved first.
 */
import { basename, dirname } from "node:path";
import * as vscode from "vscode";

import { inputs, type Input } from "./protocol";
import type { Server } from "./server";

export class Runs {
  constructor(private readonly server: Server) {}

  /** Runs a playbook with the inputs that it has. */
  async run(playbook: vscode.Uri | undefined): Promise<void> {
    if (playbook === undefined) {
      return noPlaybook();
    }
    const wanted = await this.server.ask(inputs, { textDocument: { uri: playbook.toString() } });
    if (wanted?.inputs.some((input) => input.default === null) === true) {
      return this.runWithInputs(playbook);
    }
    await this.start(playbook, []);
  }

  /** Asks for each input, then runs the playbook. */
  async runWithInputs(playbook: vscode.Uri | undefined): Promise<void> {
    if (playbook === undefined) {
      return noPlaybook();
    }
    const wanted = await this.server.ask(inputs, { textDocument: { uri: playbook.toString() } });
    if (wanted === undefined) {
      return void vscode.window.showErrorMessage("The language server does not run, so the inputs are not known.");
    }
    const given: string[] = [];
    for (const [at, input] of wanted.inputs.entries()) {
      const value = await askFor(input, at + 1, wanted.inputs.length);
      if (value === undefined) {
        return;
      }
      if (value !== "" && value !== input.default) {
        given.push("--input", `${input.name}=${value}`);
      }
    }
    await this.start(playbook, given);
  }

  private async start(playbook: vscode.Uri, given: string[]): Promise<void> {
    const program = this.server.program;
    if (program === undefined) {
      return void vscode.window.showErrorMessage("The program `sophia` was not found, so nothing can be run.");
    }
    if (!(await saved())) {
      return;
    }
    const environment = vscode.workspace.getConfiguration("sophia", playbook).get<string>("run.environment", "");
    const name = basename(playbook.fsPath, ".sophia");
    const words = ["run", playbook.fsPath, ...given, ...(environment === "" ? [] : ["--env", environment])];
    const task = new vscode.Task(
      { type: "sophia", playbook: name },
      vscode.workspace.getWorkspaceFolder(playbook) ?? vscode.TaskScope.Workspace,
      `run ${name}`,
      "sophia",
      new vscode.ProcessExecution(program.path, words, { cwd: dirname(playbook.fsPath) }),
    );
    task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Shared, clear: true };
    await vscode.tasks.executeTask(task);
  }
}

/** Saves every playbook and manifest; false where one could not be saved. */
export async function saved(): Promise<boolean> {
  for (const document of vscode.workspace.textDocuments) {
    const matters = document.languageId === "sophia" || basename(document.fileName) === "sophia.toml";
    if (matters && document.isDirty && !(await document.save())) {
      return false;
    }
  }
  return true;
}

async function askFor(input: Input, step: number, of: number): Promise<string | undefined> {
  const required = input.default === null;
  return vscode.window.showInputBox({
    title: of > 1 ? `${input.name} (${step} of ${of})` : input.name,
    prompt: [input.documentation, `A value of type ${input.type}, as it is written in a playbook.`]
      .filter((part) => part !== null)
      .join(" "),
    value: input.default ?? "",
    ignoreFocusOut: true,
    validateInput: (text) => (required && text.trim() === "" ? `${input.name} has no default: it needs a value.` : null),
  });
}

function noPlaybook(): void {
  void vscode.window.showInformationMessage("Open a playbook first.");
}
