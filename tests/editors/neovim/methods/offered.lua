-- Everything that the server offers has a script here.
local s = require("session")
local _, client = s.open()
local script_of = {
  callHierarchyProvider = "call_hierarchy",
  codeActionProvider = "code_action",
  codeLensProvider = "code_lens",
  completionProvider = "completion",
  definitionProvider = "definition",
  diagnosticProvider = "pulled_diagnostics",
  documentFormattingProvider = "formatting",
  documentHighlightProvider = "document_highlight",
  documentLinkProvider = "document_link",
  documentOnTypeFormattingProvider = "on_type_formatting",
  documentRangeFormattingProvider = "range_formatting",
  documentSymbolProvider = "document_symbols",
  foldingRangeProvider = "folding",
  hoverProvider = "hover",
  inlayHintProvider = "inlay_hints",
  linkedEditingRangeProvider = "linked_editing",
  referencesProvider = "references",
  renameProvider = "rename",
  selectionRangeProvider = "selection_range",
  semanticTokensProvider = "semantic_tokens",
  signatureHelpProvider = "signature_help",
  workspaceSymbolProvider = "workspace_symbols",
}
-- What no person asks for by itself.
local of_others = { executeCommandProvider = true }
local offered = 0
for name, value in pairs(client.server_capabilities) do
  if vim.endswith(name, "Provider") and value and not of_others[name] then
    offered = offered + 1
    local script = assert(script_of[name], name .. " has no script")
    local path = vim.fs.joinpath(vim.fs.dirname(debug.getinfo(1, "S").source:sub(2)), script .. ".lua")
    assert(vim.uv.fs_stat(path), path .. " is not there")
  end
end
assert(offered > 0, "the server offers nothing")
