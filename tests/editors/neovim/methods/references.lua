-- Every use of a name, and its declaration.
local s = require("session")
s.open()
s.go("at_risk", 1, 1)
local found = s.ask("textDocument/references", { context = { includeDeclaration = true } })
assert(#found == 2, vim.inspect(found))
