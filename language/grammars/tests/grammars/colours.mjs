// Colours playbooks with the engine that editors use, and prints each piece with its scopes.
//
// node colours.mjs NODE_MODULES GRAMMAR FILE… → [[{ start, end, scopes }, …], …], places in bytes.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [modules, grammarFile, ...files] = process.argv.slice(2);
const require = createRequire(resolve(modules, "colours.cjs"));
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

await oniguruma.loadWASM(readFileSync(join(modules, "vscode-oniguruma/release/onig.wasm")));

const registry = new Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) =>
    scope === "source.sophia" ? parseRawGrammar(readFileSync(grammarFile, "utf8"), grammarFile) : null,
});

const grammar = await registry.loadGrammar("source.sophia");
if (!grammar) throw new Error("the grammar cannot be read");

const coloured = files.map((file) => {
  const pieces = [];
  let stack = INITIAL;
  let start = 0;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const result = grammar.tokenizeLine(line, stack);
    stack = result.ruleStack;
    for (const token of result.tokens) {
      // A line is followed by its newline, which belongs to no piece.
      const bytes = (index) => start + Buffer.byteLength(line.slice(0, Math.min(index, line.length)));
      pieces.push({ start: bytes(token.startIndex), end: bytes(token.endIndex), scopes: token.scopes });
    }
    start += Buffer.byteLength(line) + 1;
  }
  return pieces;
});
process.stdout.write(JSON.stringify(coloured));
