/** What the playbook in front would do, send and cost: the sheet of `sophia plan`, as a tree that follows the text. */
import * as vscode from "vscode";

import { plan, type Plan, type PlanRow, type PlanSection } from "./protocol";
import type { Server } from "./server";
import { FollowingTree } from "./tree";

/** A line of its own below the row that it explains. */
interface Detail {
  words: string;
}

type Node = PlanSection | PlanRow | Detail;

export class PlanView extends FollowingTree<Node, Plan> {
  private sections: PlanSection[] = [];

  constructor(server: Server) {
    super(server, "sophia.plan", plan);
  }

  getChildren(of?: Node): Node[] {
    if (of === undefined) {
      return this.sections;
    }
    if ("rows" in of) {
      return of.rows.flatMap(oneEach);
    }
    return "what" in of && isLong(of) ? [{ words: of.detail }] : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if ("rows" in node) {
      const item = new vscode.TreeItem(node.title, vscode.TreeItemCollapsibleState.Expanded);
      item.id = node.title;
      return item;
    }
    if ("words" in node) {
      return new vscode.TreeItem(node.words);
    }
    const beside = [node.bound, isLong(node) ? "" : node.detail].filter((part) => part !== "");
    const parts = [node.what, node.bound, node.detail].filter((part) => part !== "");
    const opens = isLong(node) ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(node.what, opens);
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

/** Whether a row says more than a side bar shows in one line. */
function isLong(row: PlanRow): boolean {
  return row.bound !== "" && row.detail !== "";
}

/** `503 attempts · 50 model calls`: a row for each. */
function oneEach(row: PlanRow): PlanRow[] {
  return row.bound === "" && row.detail === "" ? row.what.split(" · ").map((what) => ({ ...row, what })) : [row];
}
