/**
 * The tests that stand in playbooks, in the editor's test explorer. They are run by `sophia test`, which touches
 * nothing outside.
 *
 * Kept true: what is listed is what the text says now; a test that was not run is never shown as passed.
 */
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import * as vscode from "vscode";

import { tests as written } from "./protocol";
import { saved } from "./runs";
import type { Server } from "./server";

/** What `sophia test --format json` prints. */
interface Report {
  playbooks: { file: string; tests: Result[] }[];
}

interface Result {
  title: string;
  line: number;
  passed: boolean;
  failures: { line: number; expected: string; came: string }[];
  not_played: string | null;
  micros: number;
}

export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("sophia", "Sophia");
  private readonly profile: vscode.TestRunProfile;
  private readonly listener: vscode.Disposable;
  private waiting: NodeJS.Timeout | undefined;

  constructor(private readonly server: Server) {
    this.profile = this.controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, cancelled) => this.run(request, cancelled),
      true,
    );
    this.controller.refreshHandler = () => this.list();
    this.listener = server.onDidChange(() => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => void this.list(), 100);
    });
  }

  /** Runs the tests of a playbook, or the one with a title. */
  async runFile(playbook: vscode.Uri | undefined, title: string | undefined): Promise<void> {
    if (playbook === undefined) {
      return void vscode.window.showInformationMessage("Open a playbook first.");
    }
    await this.list();
    const file = this.controller.items.get(playbook.toString());
    if (file === undefined) {
      return void vscode.window.showInformationMessage(
        'This playbook has no tests. A test stands in it: test "…" { given … run … expect … }',
      );
    }
    const one = title === undefined ? undefined : file.children.get(title);
    const request = new vscode.TestRunRequest([one ?? file], undefined, this.profile);
    await this.run(request, new vscode.CancellationTokenSource().token);
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.listener.dispose();
    this.profile.dispose();
    this.controller.dispose();
  }

  /** Brings the list in step with the texts. */
  private async list(): Promise<void> {
    const files = await this.server.ask(written, {});
    if (files === undefined) {
      return;
    }
    const kept = this.controller.items;
    const items = files
      .filter((file) => file.tests.length > 0)
      .map((file) => {
        const uri = vscode.Uri.parse(file.uri);
        const id = uri.toString();
        const item = kept.get(id) ?? this.controller.createTestItem(id, file.playbook, uri);
        item.label = file.playbook;
        const children = file.tests.map((test, at) => {
          const child =
            item.children.get(test.title) ?? this.controller.createTestItem(test.title, test.title, uri);
          const { start, end } = test.range;
          child.range = new vscode.Range(start.line, start.character, end.line, end.character);
          child.sortText = String(at).padStart(6, "0");
          return child;
        });
        item.children.replace(children);
        return item;
      });
    kept.replace(items);
  }

  private async run(request: vscode.TestRunRequest, cancelled: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    try {
      const wanted = this.wanted(request);
      for (const [, tests] of wanted) {
        tests.forEach((test) => run.enqueued(test));
      }
      if (!(await saved())) {
        return;
      }
      for (const [file, tests] of wanted) {
        if (cancelled.isCancellationRequested) {
          tests.forEach((test) => run.skipped(test));
          continue;
        }
        await this.runOne(run, vscode.Uri.parse(file), tests, cancelled);
      }
    } finally {
      run.end();
    }
  }

  /** The tests that a request is about, by file. */
  private wanted(request: vscode.TestRunRequest): Map<string, vscode.TestItem[]> {
    const wanted = new Map<string, vscode.TestItem[]>();
    const add = (item: vscode.TestItem): void => {
      if (request.exclude?.includes(item) === true) {
        return;
      }
      if (item.parent === undefined) {
        item.children.forEach(add);
      } else {
        const of = wanted.get(item.parent.id) ?? [];
        if (!of.includes(item)) {
          wanted.set(item.parent.id, [...of, item]);
        }
      }
    };
    if (request.include === undefined) {
      this.controller.items.forEach(add);
    } else {
      request.include.forEach(add);
    }
    return wanted;
  }

  private async runOne(
    run: vscode.TestRun,
    file: vscode.Uri,
    tests: vscode.TestItem[],
    cancelled: vscode.CancellationToken,
  ): Promise<void> {
    tests.forEach((test) => run.started(test));
    const program = this.server.program;
    if (program === undefined) {
      tests.forEach((test) => run.errored(test, new vscode.TestMessage("The program `sophia` was not found.")));
      return;
    }
    const said = await output(program.path, ["test", file.fsPath, "--format", "json"], dirname(file.fsPath), cancelled);
    if (cancelled.isCancellationRequested) {
      tests.forEach((test) => run.skipped(test));
      return;
    }
    const report = read(said.data);
    if (report === undefined) {
      run.appendOutput(lines(said.words));
      const message = new vscode.TestMessage(said.words.trim() || "The tests could not be run.");
      tests.forEach((test) => run.errored(test, message));
      return;
    }
    const results = report.playbooks.flatMap((playbook) => playbook.tests);
    for (const test of tests) {
      const result = results.find(({ title }) => title === test.id);
      if (result === undefined) {
        run.errored(test, new vscode.TestMessage("The program did not run this test."));
        continue;
      }
      run.appendOutput(lines(`${result.passed ? "✓" : "✗"} ${result.title}\n`), undefined, test);
      if (result.passed) {
        run.passed(test, result.micros / 1000);
      } else if (result.not_played !== null) {
        run.errored(test, new vscode.TestMessage(result.not_played), result.micros / 1000);
      } else {
        run.failed(test, result.failures.map((failure) => failed(failure, file)), result.micros / 1000);
      }
    }
  }
}

function failed(failure: Result["failures"][number], file: vscode.Uri): vscode.TestMessage {
  const message = vscode.TestMessage.diff(
    `expected  ${failure.expected}\ncame      ${failure.came}`,
    failure.expected,
    failure.came,
  );
  message.location = new vscode.Location(file, new vscode.Position(Math.max(0, failure.line - 1), 0));
  return message;
}

/** What a program prints; its words for people are on the other stream. */
function output(
  program: string,
  words: string[],
  folder: string,
  cancelled: vscode.CancellationToken,
): Promise<{ data: string; words: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
    const stop = cancelled.onCancellationRequested(() => child.kill());
    let data = "";
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (data += part));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
    const end = (words: string): void => {
      stop.dispose();
      resolve({ data, words });
    };
    child.on("error", (cause) => end(cause.message));
    child.on("close", () => end(said));
  });
}

function read(data: string): Report | undefined {
  try {
    return JSON.parse(data) as Report;
  } catch {
    return undefined;
  }
}

/** As the panel of test results wants them. */
function lines(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}
