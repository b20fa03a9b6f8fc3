-- From a use to the declaration.
local s = require("session")
s.open()
local line, column = s.find("at_risk")
s.go("at_risk", 2, 1)
vim.lsp.buf.definition()
s.wait("the declaration", function()
  local at = vim.api.nvim_win_get_cursor(0)
  return at[1] == line + 1 and at[2] == column
end)
