-- Blocks and tests can be folded.
local s = require("session")
s.open()
local line = s.find("for each customer")
local found = vim.tbl_filter(function(fold)
  return fold.startLine == line
end, s.ask("textDocument/foldingRange"))
assert(#found >= 1 and found[1].endLine > line + 5, vim.inspect(found))
