/**
 * The graph beside the text: the picture that the server draws, live after each edit.
 *
 * Kept true: the page runs one script, the extension's own, and fetches nothing; while a playbook has mistakes the
 * last picture stays, and says that it is old.
 */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

import { following, type Following } from "./following";
import { graph, type Graph } from "./protocol";
import type { Server } from "./server";

/** What the page is told. */
export type ToPage =
  | { kind: "graph"; graph: Extract<Graph, { svg: string }> }
  | { kind: "reason"; reason: string }
  | { kind: "cursor"; uri: string; line: number };

/** What the page tells: somebody chose a step. */
export type FromPage = { kind: "ready" } | { kind: "open"; uri: string; line: number; character: number };

export class GraphPanel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private follows: Following | undefined;
  private readonly cursor: vscode.Disposable;

  constructor(
    private readonly server: Server,
    private readonly extension: vscode.Uri,
  ) {
    this.cursor = vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.tellCursor(textEditor));
  }

  /** Opens the graph beside the text, or brings it to the front. */
  async show(playbook: vscode.Uri | undefined): Promise<void> {
    const front = vscode.window.activeTextEditor?.document;
    if (playbook !== undefined && front?.uri.toString() !== playbook.toString()) {
      await vscode.window.showTextDocument(playbook);
    }
    if (this.panel !== undefined) {
      this.panel.reveal(undefined, true);
      return;
    }
    this.panel = vscode.window.createWebviewPanel(
      "sophia.graph",
      "Graph",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      {
        enableScripts: true,
        retainContextWhenHidden: false,
        localResourceRoots: [vscode.Uri.joinPath(this.extension, "media")],
      },
    );
    this.panel.iconPath = vscode.Uri.joinPath(this.extension, "media", "sophia.svg");
    this.panel.onDidDispose(() => {
      this.panel = undefined;
      this.follows?.dispose();
      this.follows = undefined;
    });
    this.panel.webview.onDidReceiveMessage((told: FromPage) => this.hear(told));
    this.panel.webview.html = this.page(this.panel.webview);
    this.follows = following(this.server, (document) => this.refresh(document));
  }

  dispose(): void {
    this.cursor.dispose();
    this.panel?.dispose();
  }

  private async refresh(document: vscode.TextDocument | undefined): Promise<void> {
    if (document === undefined || this.panel === undefined) {
      return;
    }
    const found = await this.server.ask(graph, { textDocument: { uri: document.uri.toString() } });
    if (found === undefined) {
      this.tell({ kind: "reason", reason: "The language server does not run, so there is no graph." });
    } else if ("reason" in found) {
      this.tell({ kind: "reason", reason: found.reason });
    } else {
      this.panel.title = `Graph of ${found.playbook}`;
      this.tell({ kind: "graph", graph: found });
      const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
      if (shown !== undefined) {
        this.tellCursor(shown);
      }
    }
  }

  private tellCursor(editor: vscode.TextEditor): void {
    if (editor.document.languageId === "sophia") {
      const uri = editor.document.uri.toString();
      this.tell({ kind: "cursor", uri, line: editor.selection.active.line });
    }
  }

  private async hear(told: FromPage): Promise<void> {
    if (told.kind === "ready") {
      this.follows?.again();
      return;
    }
    const uri = vscode.Uri.parse(told.uri);
    const visible = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
    const place = new vscode.Position(told.line, told.character);
    await vscode.window.showTextDocument(uri, {
      viewColumn: visible?.viewColumn ?? vscode.ViewColumn.One,
      selection: new vscode.Range(place, place),
    });
  }

  private tell(what: ToPage): void {
    void this.panel?.webview.postMessage(what);
  }

  private page(webview: vscode.Webview): string {
    const nonce = randomBytes(16).toString("base64");
    const media = (name: string): vscode.Uri =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.extension, "media", name));
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Graph</title>
<link rel="stylesheet" href="${media("graph.css").toString()}">
</head>
<body>
<div class="bar" role="toolbar" aria-label="Size of the picture">
<button id="smaller" aria-label="Smaller">−</button>
<button id="fit" aria-label="Fit to the width">Fit</button>
<button id="larger" aria-label="Larger">+</button>
</div>
<p id="reason" role="status" hidden></p>
<main id="picture" aria-label="Graph"></main>
<details id="list"><summary>Steps as a list</summary><ol id="steps"></ol></details>
<script nonce="${nonce}" src="${media("graph.js").toString()}"></script>
</body>
</html>`;
  }
}
