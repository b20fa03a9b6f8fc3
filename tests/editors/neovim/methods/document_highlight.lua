-- Every use of the name under the cursor is marked.
local s = require("session")
s.open()
s.go("at_risk", 1, 1)
assert(#s.ask("textDocument/documentHighlight") == 2)
