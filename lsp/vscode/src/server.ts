/**
 * The language server: starting it, and saying in the status bar how it is.
 *
 * Kept true: a server that cannot start is said once in words with what to do next, and stays visible in the
 * status bar; the rest of the extension works without it.
 */
import * as vscode from "vscode";
import { LanguageClient, State, type RequestType } from "vscode-languageclient/node";

import { fitsTogether, findProgram, NoProgram, type Program } from "./program";

/** The one server of a window. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private running: Program | undefined;
  private readonly status: vscode.StatusBarItem;
  private readonly log: vscode.LogOutputChannel;
  private readonly changed = new vscode.EventEmitter<void>();

  /** Fires when the server has started, has stopped, or has looked at a text again. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly context: vscode.ExtensionContext) {
    this.log = vscode.window.createOutputChannel("Sophia", { log: true });
    this.status = vscode.window.createStatusBarItem("sophia.server", vscode.StatusBarAlignment.Right, 10);
    this.status.name = "Sophia";
    this.status.command = "sophia.showLog";
    this.status.show();
    this.say("$(loading~spin)", "The language server is starting.");
  }

  /** The program that runs, for what is started beside the server. */
  get program(): Program | undefined {
    return this.running;
  }

  /** Starts the server; tells a person where that cannot be done. */
  async start(): Promise<void> {
    const setting = vscode.workspace.getConfiguration("sophia").get<string>("server.path", "");
    try {
      const program = await findProgram(setting, this.context.extensionPath);
      this.running = program;
      this.log.info(`${program.path} ${program.version} (${program.origin})`);
      await this.connect(program);
    } catch (cause) {
      this.running = undefined;
      await this.failed(cause);
    }
    this.changed.fire();
  }

  /** Stops the server and starts it again. */
  async restart(): Promise<void> {
    await this.stop();
    this.say("$(loading~spin)", "The language server is starting.");
    await this.start();
  }

  /** Asks the server something; nothing where no server runs or it has no answer. */
  async ask<P, R>(question: RequestType<P, R, void>, parameters: P): Promise<R | undefined> {
    if (this.client?.state !== State.Running) {
      return undefined;
    }
    try {
      return await this.client.sendRequest<R>(question.method, parameters);
    } catch (cause) {
      this.log.warn(`${question.method}: ${cause instanceof Error ? cause.message : String(cause)}`);
      return undefined;
    }
  }

  /** Shows what the server and the extension have written down. */
  showLog(): void {
    this.log.show();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose();
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.status.dispose();
    this.log.dispose();
  }

  private async connect(program: Program): Promise<void> {
    const client = new LanguageClient(
      "sophia",
      "Sophia",
      { command: program.path, args: ["lsp"] },
      {
        documentSelector: [
          { scheme: "file", language: "sophia" },
          { scheme: "file", pattern: "**/sophia.toml" },
          { scheme: "file", pattern: "**/sophia.lock" },
        ],
        outputChannel: this.log,
        traceOutputChannel: this.log,
        initializationOptions: { client: { name: "vscode", version: this.version() } },
        synchronize: {
          fileEvents: [
            vscode.workspace.createFileSystemWatcher("**/*.sophia"),
            vscode.workspace.createFileSystemWatcher("**/sophia.{toml,lock}"),
          ],
        },
        markdown: { supportHtml: false, isTrusted: false },
        middleware: {
          handleDiagnostics: (uri, diagnostics, next) => {
            next(uri, diagnostics);
            this.changed.fire();
          },
        },
      },
    );
    this.client = client;
    client.onDidChangeState(({ newState }) => {
      this.show(newState, program);
      this.changed.fire();
    });
    await client.start();
    if (!fitsTogether(program.version, this.version())) {
      await this.mismatch(program);
    }
  }

  private show(state: State, program: Program): void {
    switch (state) {
      case State.Running:
        if (fitsTogether(program.version, this.version())) {
          this.say("$(check)", `The language server ${program.version} runs (${program.path}).`);
        } else {
          this.say("$(warning)", this.differs(program), "warning");
        }
        break;
      case State.Starting:
        this.say("$(loading~spin)", "The language server is starting.");
        break;
      default:
        this.say("$(error)", "The language server has stopped.", "error");
    }
  }

  private async mismatch(program: Program): Promise<void> {
    const open = "Open the Setting";
    const chosen = await vscode.window.showWarningMessage(this.differs(program), open);
    if (chosen === open) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "sophia.server.path");
    }
  }

  private differs(program: Program): string {
    return (
      `The program sophia is ${program.version} and the extension is ${this.version()}. ` +
      "They may misunderstand each other; install the same version of both."
    );
  }

  private async failed(cause: unknown): Promise<void> {
    const said = cause instanceof Error ? cause.message : String(cause);
    this.log.error(said);
    this.say("$(error)", `The language server cannot start. ${said}`, "error");
    const open = "Open the Setting";
    const log = "Show the Log";
    const next = cause instanceof NoProgram ? " Playbooks are coloured and not checked until it is there." : "";
    void vscode.window.showErrorMessage(`Sophia cannot start. ${said}${next}`, open, log).then((chosen) => {
      if (chosen === open) {
        void vscode.commands.executeCommand("workbench.action.openSettings", "sophia.server.path");
      } else if (chosen === log) {
        this.showLog();
      }
    });
  }

  private say(icon: string, tooltip: string, look?: "warning" | "error"): void {
    this.status.text = `${icon} Sophia`;
    this.status.tooltip = tooltip;
    this.status.accessibilityInformation = { label: `Sophia: ${tooltip}` };
    this.status.backgroundColor =
      look === undefined ? undefined : new vscode.ThemeColor(`statusBarItem.${look}Background`);
  }

  private version(): string {
    return String(this.context.extension.packageJSON.version);
  }
}
