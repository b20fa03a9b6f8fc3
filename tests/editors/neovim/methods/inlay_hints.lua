-- Types that are not written are shown.
local s = require("session")
local buffer = s.open()
vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
local hints = s.wait("hints", function()
  local hints = vim.lsp.inlay_hint.get({ bufnr = buffer })
  return #hints > 0 and hints
end)
local line = s.find("let at_risk")
local here = vim.tbl_filter(function(hint)
  return hint.inlay_hint.position.line == line
end, hints)
assert(#here >= 1, vim.inspect(hints))
