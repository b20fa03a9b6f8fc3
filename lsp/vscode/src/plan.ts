/** What the playbook in front would do, send and cost: the sheet of `sophia plan`, as a tree that follows the text. */
import * as vscode from "vscode";

import { plan, type Plan, type PlanRow, type PlanSection } from "./protocol";
import type { Server } from "./server";
import { FollowingTree } from "./tree";

type Node = PlanSection | PlanRow;

export class PlanView extends FollowingTree<Node, Plan> {
  private sections: PlanSection[] = [];

  constructor(server: Server) {
    super(server, "sophia.plan", plan);
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
    const beside = [node.bound, node.detail].filter((part) => part !== "");
    const parts = [node.what, ...beside];
    const item = new vscode.TreeItem(node.what);
    item.description = beside.join(" · ");
    item.tooltip = parts.join("\n");
    if (node.remark) {
      item.iconPath = new vscode.ThemeIcon("info");
    }
    item.accessibilityInformation = { label: parts.join(" ") };
    return item;
  }

  protected take(answer: { said: Plan } | undefined): void {
    if (answer === undefined) {
      this.sections = [];
      this.view.description = "";
      this.view.message = "";
    } else if ("reason" in answer.said) {
      // What was known last stays visible while a mistake is being written.
      this.view.message = answer.said.reason;
    } else {
      this.sections = answer.said.sections;
      this.view.description = answer.said.playbook;
      this.view.message = "";
    }
  }
}
