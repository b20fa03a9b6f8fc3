/** What the playbook in front would do, send and cost: the sheet of `sophia plan`, as a tree that follows the text. */
import * as vscode from "vscode";

import { following, type Following } from "./following";
import { plan, type PlanRow, type PlanSection } from "./protocol";
import type { Server } from "./server";

type Node = PlanSection | PlanRow;

export class PlanView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly view: vscode.TreeView<Node>;
  private readonly follows: Following;
  private sections: PlanSection[] = [];

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView("sophia.plan", { treeDataProvider: this, showCollapseAll: true });
    this.follows = following(server, (document) => this.refresh(document));
  }

  /** Puts the view in front. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand("sophia.plan.focus");
  }

  getChildren(of?: Node): Node[] {
    if (of === undefined) {
      return this.sections;
    }
    return "rows" in of ? of.rows : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("rows" in node) {
      const item = new vscode.TreeItem(node.title, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.title;
      return item;
    }
    const item = new vscode.TreeItem(node.what);
    item.description = [node.bound, node.detail].filter((part) => part !== "").join(" · ");
    item.tooltip = [node.what, node.bound, node.detail].filter((part) => part !== "").join("\n");
    if (node.remark) {
      item.iconPath = new vscode.ThemeIcon("info");
    }
    item.accessibilityInformation = { label: [node.what, node.bound, node.detail].join(" ").trim() };
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
        : await this.server.ask(plan, { textDocument: { uri: document.uri.toString() } });
    if (found === undefined) {
      this.sections = [];
      this.view.description = "";
      this.view.message = "";
    } else if ("reason" in found) {
      // What was known last stays visible while a mistake is being written.
      this.view.message = found.reason;
    } else {
      this.sections = found.sections;
      this.view.description = found.playbook;
      this.view.message = "";
    }
    this.changed.fire();
  }
}
