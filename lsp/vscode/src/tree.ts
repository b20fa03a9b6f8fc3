/** A tree in the side bar that shows what the server says of the playbook in front. */
import * as vscode from "vscode";
import type { RequestType } from "vscode-languageclient/node";

import { following, type Following } from "./following";
import type { About } from "./protocol";
import type { Server } from "./server";

export abstract class FollowingTree<Node, Answer> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly follows: Following;
  protected readonly view: vscode.TreeView<Node>;

  readonly onDidChangeTreeData = this.changed.event;

  /**
   * @param id the view's, as package.json names it
   * @param question what the server is asked of the playbook
   */
  protected constructor(
    private readonly server: Server,
    private readonly id: string,
    private readonly question: RequestType<About, Answer, void>,
  ) {
    this.view = vscode.window.createTreeView(id, { treeDataProvider: this, showCollapseAll: true });
    this.follows = following(server, (document) => this.refresh(document?.uri));
  }

  abstract getChildren(of?: Node): Node[];

  abstract getTreeItem(node: Node): vscode.TreeItem;

  /**
   * Takes over what the tree is made of from here on.
   *
   * @param answer what the server said of the playbook; nothing where no playbook is in front or no server runs
   */
  protected abstract take(answer: { of: vscode.Uri; said: Answer } | undefined): void;

  /** Puts the view in front. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand(`${this.id}.focus`);
  }

  dispose(): void {
    this.follows.dispose();
    this.view.dispose();
    this.changed.dispose();
  }

  private async refresh(uri: vscode.Uri | undefined): Promise<void> {
    const said =
      uri === undefined ? undefined : await this.server.ask(this.question, { textDocument: { uri: uri.toString() } });
    this.take(uri === undefined || said === undefined ? undefined : { of: uri, said });
    this.changed.fire();
  }
}
