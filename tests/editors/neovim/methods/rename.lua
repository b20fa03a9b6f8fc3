-- A name is changed everywhere at once.
local s = require("session")
s.open()
s.go("at_risk", 2, 1)
vim.lsp.buf.rename("in_danger")
s.wait("the new name", function()
  local text = s.text()
  return not text:find("at_risk", 1, true) and select(2, text:gsub("in_danger", "")) == 2
end)
