/** How labelled data gets where it may not go: each flow of the playbook in front, with every place on its way. */
import * as vscode from "vscode";
import type { Location, Range } from "vscode-languageclient/node";

import { labelPaths, type LabelPath, type LabelStop } from "./protocol";
import type { Server } from "./server";
import { FollowingTree } from "./tree";

interface Flow {
  path: LabelPath;
  uri: vscode.Uri;
}

type Node = Flow | LabelStop;

export class LabelPathView extends FollowingTree<Node, LabelPath[]> {
  private flows: Flow[] = [];

  constructor(server: Server) {
    super(server, "sophia.labelPath", labelPaths);
  }

  /** Puts the view in front, at the flow where the cursor stands. */
  override async focus(): Promise<void> {
    await super.focus();
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
      const range = rangeOf(node.path.range);
      const item = new vscode.TreeItem(node.path.subject, vscode.TreeItemCollapsibleState.Expanded);
      item.description = `${node.path.code} · line ${range.start.line + 1}`;
      item.iconPath = new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
      item.tooltip = node.path.message;
      item.accessibilityInformation = { label: node.path.message };
      item.command = opening(node.uri, range);
      return item;
    }
    const place = locationOf(node.location);
    const where = `${vscode.workspace.asRelativePath(place.uri)}, line ${place.range.start.line + 1}`;
    const item = new vscode.TreeItem(plain(node.what));
    item.description = plain(node.note === "" ? `line ${place.range.start.line + 1}` : node.note);
    item.tooltip = [plain(node.what), plain(node.note), where].filter((part) => part !== "").join("\n");
    item.command = opening(place.uri, place.range);
    return item;
  }

  protected take(answer: { of: vscode.Uri; said: LabelPath[] } | undefined): void {
    this.flows = answer === undefined ? [] : answer.said.map((path) => ({ path, uri: answer.of }));
    this.view.badge =
      this.flows.length === 0
        ? undefined
        : { value: this.flows.length, tooltip: "Flows of data that are not allowed" };
  }
}

/** Words for a place that shows no code apart from other words. */
function plain(words: string): string {
  return words.replaceAll("`", "");
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
