-- A name and its uses are edited together.
local s = require("session")
s.open()
s.go("at_risk", 1, 1)
local found = s.ask("textDocument/linkedEditingRange")
assert(#found.ranges >= 2, vim.inspect(found))
