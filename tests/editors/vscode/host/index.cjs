// Runs inside the extension host of a real VS Code: what the extension and the server give to the editor itself.
// The module's `run` is what the editor calls.
"use strict";
const assert = require("node:assert/strict");
const { join } = require("node:path");
const vscode = require("vscode");

const PATIENCE = 60_000;

/** Waits until `look` gives something, asking again whenever `event` fires. */
function until(what, event, look) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(limit);
      listener.dispose();
    };
    const limit = setTimeout(() => {
      stop();
      reject(new Error(`it never came: ${what}`));
    }, PATIENCE);
    const ask = async () => {
      const found = await look();
      if (found) {
        stop();
        resolve(found);
      }
    };
    const listener = event(() => void ask());
    void ask();
  });
}

/** Says something to whoever started the tests; the editor itself says much more. */
const say = (words) => console.log(`sophia-test ${words}`);

const changed = vscode.languages.onDidChangeDiagnostics;
const execute = (name, ...words) => vscode.commands.executeCommand(name, ...words);

/** The playbook as it lies on the disk, in an editor. */
async function open() {
  const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
  const document = await vscode.workspace.openTextDocument(join(folder, "churn_watch.sophia"));
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand("workbench.action.files.revert");
  return document;
}

/** Where a text stands for the first time, or the `nth`. */
function find(document, text, nth = 1) {
  let at = -1;
  for (let seen = 0; seen < nth; seen += 1) {
    at = document.getText().indexOf(text, at + 1);
  }
  assert(at >= 0, `\`${text}\` is not in the text`);
  return new vscode.Range(document.positionAt(at), document.positionAt(at + text.length));
}

async function replace(document, text, by) {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, find(document, text), by);
  assert(await vscode.workspace.applyEdit(edit));
}

const words = (hovers) => hovers.flatMap((hover) => hover.contents.map((part) => part.value ?? part)).join("\n");

const cases = {
  async "the extension is there and its commands are known"() {
    const extension = vscode.extensions.getExtension("sophia.sophia");
    await extension.activate();
    const known = await vscode.commands.getCommands(true);
    for (const { command } of extension.packageJSON.contributes.commands) {
      assert(known.includes(command), command);
    }
  },
  async "a mistake comes and goes"() {
    const document = await open();
    await replace(document, "tenure", "tenur");
    const [found] = await until("a complaint", changed, () => {
      const found = vscode.languages.getDiagnostics(document.uri);
      return found.length > 0 && found;
    });
    assert.equal(found.code?.value ?? found.code, "S402");
    assert.equal(found.source, "sophia");
    assert.deepEqual(found.range.start, find(document, "tenur,").start);
    await replace(document, "tenur,", "tenure,");
    await until("no complaint", changed, () => vscode.languages.getDiagnostics(document.uri).length === 0);
  },
  async "hover tells the type of a column in SQL"() {
    const document = await open();
    const hovers = await execute("vscode.executeHoverProvider", document.uri, find(document, "tenure").start);
    assert.match(words(hovers), /INTEGER/);
  },
  async "completion offers the arguments of a tool"() {
    const document = await open();
    await replace(document, 'channel: "#ops", ', "");
    const place = find(document, 'do slack.post_message(text: "churn').start.translate(0, "do slack.post_message(".length);
    const list = await execute("vscode.executeCompletionItemProvider", document.uri, place);
    const labels = list.items.map((item) => (typeof item.label === "string" ? item.label : item.label.label));
    assert(labels.some((label) => label.startsWith("channel")), labels.slice(0, 20).join(", "));
  },
  async "signature help counts the arguments"() {
    const document = await open();
    const place = find(document, "advise(customer, customer.risk)").start.translate(0, "advise(customer, ".length);
    const help = await execute("vscode.executeSignatureHelpProvider", document.uri, place, "(");
    assert.equal(help.activeParameter, 1);
  },
  async "a definition, its references and its highlights"() {
    const document = await open();
    const use = find(document, "at_risk", 2).start;
    const [definition] = await execute("vscode.executeDefinitionProvider", document.uri, use);
    const target = definition.targetRange ?? definition.range;
    assert(target.contains(find(document, "at_risk").start));
    assert.equal((await execute("vscode.executeReferenceProvider", document.uri, use)).length, 2);
    assert.equal((await execute("vscode.executeDocumentHighlights", document.uri, use)).length, 2);
  },
  async "a rename changes every use"() {
    const document = await open();
    const edit = await execute("vscode.executeDocumentRenameProvider", document.uri, find(document, "at_risk").start, "in_danger");
    assert(await vscode.workspace.applyEdit(edit));
    assert(!document.getText().includes("at_risk"));
    assert.equal(document.getText().split("in_danger").length, 3);
  },
  async "symbols of the document and of the project"() {
    const document = await open();
    const symbols = await execute("vscode.executeDocumentSymbolProvider", document.uri);
    const names = JSON.stringify(symbols);
    assert(names.includes("churn_risk") && names.includes("advise"));
    const found = await execute("vscode.executeWorkspaceSymbolProvider", "churn_ri");
    assert(found.some((symbol) => symbol.name.includes("churn_risk")));
  },
  async "semantic tokens reach into SQL"() {
    const document = await open();
    const legend = await execute("vscode.provideDocumentSemanticTokensLegend", document.uri);
    const tokens = await execute("vscode.provideDocumentSemanticTokens", document.uri);
    const wanted = find(document, "tenure").start;
    let line = 0;
    let character = 0;
    let kind;
    for (let at = 0; at < tokens.data.length; at += 5) {
      const [down, right, , type] = tokens.data.subarray(at, at + 5);
      character = down === 0 ? character + right : right;
      line += down;
      if (line === wanted.line && character === wanted.character) {
        kind = legend.tokenTypes[type];
      }
    }
    assert.equal(kind, "property");
  },
  async "folding, selection and inlay hints"() {
    const document = await open();
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const folds = await execute("vscode.executeFoldingRangeProvider", document.uri);
    const loop = find(document, "for each customer").start.line;
    assert(folds.some((fold) => fold.start === loop));
    const [range] = await execute("vscode.executeSelectionRangeProvider", document.uri, [find(document, "customer.tenure").start]);
    assert(range.parent?.parent !== undefined);
    const hints = await execute("vscode.executeInlayHintProvider", document.uri, whole);
    assert(hints.some((hint) => hint.position.line === find(document, "let at_risk").start.line));
  },
  async "a quick fix mends the mistake"() {
    const document = await open();
    await replace(document, "tenure", "tenur");
    await until("a complaint", changed, () => vscode.languages.getDiagnostics(document.uri).length > 0);
    const actions = await execute("vscode.executeCodeActionProvider", document.uri, find(document, "tenur,"), "quickfix", 10);
    const fix = actions.find((action) => action.title.includes("tenure"));
    assert(fix, actions.map((action) => action.title).join(", "));
    if (fix.edit) {
      assert(await vscode.workspace.applyEdit(fix.edit));
    }
    if (fix.command) {
      await execute(fix.command.command, ...(fix.command.arguments ?? []));
    }
    await until("no complaint", changed, () => vscode.languages.getDiagnostics(document.uri).length === 0);
  },
  async "lenses name commands that there are"() {
    const document = await open();
    const lenses = await execute("vscode.executeCodeLensProvider", document.uri, 50);
    const known = await vscode.commands.getCommands(true);
    assert(lenses.length >= 3, `${lenses.length} lenses`);
    for (const lens of lenses) {
      assert(known.includes(lens.command.command), lens.command.command);
    }
  },
  async "formatting makes the one form"() {
    const document = await open();
    const sound = document.getText();
    await replace(document, "  | take  50", "      |   take  50");
    const edits = await execute("vscode.executeFormatDocumentProvider", document.uri, { tabSize: 2, insertSpaces: true });
    const edit = new vscode.WorkspaceEdit();
    edit.set(document.uri, edits);
    assert(await vscode.workspace.applyEdit(edit));
    assert.equal(document.getText(), sound);
  },
  async "snippets are offered"() {
    const document = await open();
    const list = await execute("vscode.executeCompletionItemProvider", document.uri, new vscode.Position(3, 0));
    assert(list.items.length > 0);
  },
  async "the manifest is checked too"() {
    const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
    const manifest = await vscode.workspace.openTextDocument(join(folder, "sophia.toml"));
    await replace(manifest, 'kind = "sqlite"', 'kind = "sqlight"');
    const [found] = await until("a complaint", changed, () => {
      const found = vscode.languages.getDiagnostics(manifest.uri);
      return found.length > 0 && found;
    });
    assert.match(found.message, /sqlight/);
    await replace(manifest, "sqlight", "sqlite");
    await until("no complaint", changed, () => vscode.languages.getDiagnostics(manifest.uri).length === 0);
  },
};

/** What the editor calls. Says on its log what passed; throws where something did not. */
exports.run = async () => {
  const failed = [];
  for (const [name, run] of Object.entries(cases)) {
    try {
      await run();
      say(`  ok      vscode api: ${name}`);
    } catch (cause) {
      failed.push(name);
      say(`  FAILED  vscode api: ${name}\n${cause.stack}`);
    }
  }
  say(`${Object.keys(cases).length - failed.length} of ${Object.keys(cases).length} tests of the API passed`);
  if (failed.length > 0) {
    throw new Error(`failed: ${failed.join("; ")}`);
  }
};
