/** How labelled data gets where it may not go: each flow of the playbook in front, with every place on its way. */
import * as vscode from "vscode";
import type { Location, Range } from "vscode-languageclient/node";

import { following, type Following } from "./following";
import { labelPaths, type LabelPath, type LabelStop } from "./protocol";
import type { Server } from "./server";

interface Flow {
  path: LabelPath;
  uri: vscode.Uri;
}

type Node = Flow | LabelStop;

export class LabelPathView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Node>;
  private readonly follows: Following;
  private flows: Flow[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView("sophia.labelPath", { treeDataProvider: this });
    this.follows = following(server, (document) => this.refresh(document));
  }

  /** Puts the view in front, at the flow where the cursor stands. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand("sophia.labelPath.focus");
    const editor = vscode.window.activeTextEditor;
    const here = this.flows.find(
      (flow) =>
        flow.uri.toString() === editor?.document.uri.toString() && editor !== undefined &&
        rangeOf(flow.path.range).contains(editor.selection.active),
    );
    if (here !== undefined) {
      await this.view.reveal(here, { expand: true, focus: true });
    }
  }

  getChildren(of?: Node): Node[] {
    if (of === undefined) {
      return this.flows;
    }
    return "path" in of ? of.path.stops : [];
  }

  getParent(of: Node): Node | undefined {
    return "path" in of ? undefined : this.flows.find((flow) => flow.path.stops.includes(of));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("path" in node) {
      const item = new vscode.TreeItem(node.path.message, vscode.TreeItemCollapsibleState.Expanded);
      item.description = node.path.code;
      item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
      item.tooltip = node.path.message;
      item.command = opening(node.uri, rangeOf(node.path.range));
      return item;
    }
    const item = new vscode.TreeItem(node.message);
    const place = locationOf(node.location);
    item.description = `${vscode.workspace.asRelativePath(place.uri)}:${place.range.start.line + 1}`;
    item.tooltip = `${node.message}\n${item.description}`;
    item.command = opening(place.uri, place.range);
    return item;
  }

  dispose(): void {
    this.follows.dispose();
    this.view.dispose();
    this.changed.dispose();
  }

  private async refresh(document: vscode.TextDocument | undefined): Promise<void> {
    const found =
      document === undefined
        ? undefined
        : await this.server.ask(labelPaths, { textDocument: { uri: document.uri.toString() } });
    const uri = document?.uri;
    this.flows = uri === undefined ? [] : (found ?? []).map((path) => ({ path, uri }));
    this.view.badge =
      this.flows.length === 0
        ? undefined
        : { value: this.flows.length, tooltip: "Flows of data that are not allowed" };
    this.changed.fire();
  }
}

function opening(uri: vscode.Uri, range: vscode.Range): vscode.Command {
  return { command: "vscode.open", title: "Open", arguments: [uri, { selection: range, preview: true }] };
}

function rangeOf(range: Range): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

function locationOf(location: Location): vscode.Location {
  return new vscode.Location(vscode.Uri.parse(location.uri), rangeOf(location.range));
}
