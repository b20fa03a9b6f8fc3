-- Above a playbook and a test stands what can be done with it.
local s = require("session")
s.open()
local line = s.find('test "a customer at risk')
local lenses = vim.tbl_filter(function(lens)
  return lens.range.start.line == line
end, s.ask("textDocument/codeLens"))
assert(#lenses >= 1, "no lens above the test")
