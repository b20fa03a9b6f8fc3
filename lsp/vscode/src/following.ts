/**
 * Following the playbook in front: whatever shows something about it is told when another one comes to the front
 * and when the server has looked at it again.
 *
 * Kept true: one question at a time; what happens meanwhile leads to one more question, not to many.
 */
import * as vscode from "vscode";

import type { Server } from "./server";

/** A keystroke is followed by another within this many milliseconds when somebody types. */
const TYPING = 50;

export interface Following extends vscode.Disposable {
  /** Looks again, whatever happened. */
  again(): void;
}

/** Tells `refresh` which playbook is in front, now and whenever something may have changed. */
export function following(
  server: Server,
  refresh: (document: vscode.TextDocument | undefined) => Promise<void>,
): Following {
  let front = playbookInFront();
  let waiting: NodeJS.Timeout | undefined;
  let busy = false;
  let missed = false;
  const look = async (): Promise<void> => {
    if (busy) {
      missed = true;
      return;
    }
    busy = true;
    try {
      do {
        missed = false;
        await refresh(front);
      } while (missed);
    } finally {
      busy = false;
    }
  };
  const again = (): void => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), TYPING);
  };
  const listeners = [
    vscode.window.onDidChangeActiveTextEditor(() => {
      // A panel, a terminal or a manifest in front takes nothing away.
      const now = playbookInFront();
      if (now !== undefined && now !== front) {
        front = now;
        again();
      }
    }),
    vscode.workspace.onDidCloseTextDocument((closed) => {
      if (closed === front) {
        front = playbookInFront();
        again();
      }
    }),
    vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document.languageId === "sophia" && change.contentChanges.length > 0) {
        again();
      }
    }),
    server.onDidChange(again),
  ];
  again();
  return {
    again,
    dispose: () => {
      clearTimeout(waiting);
      vscode.Disposable.from(...listeners).dispose();
    },
  };
}

function playbookInFront(): vscode.TextDocument | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === "sophia" ? document : undefined;
}
