-- The text is laid out in the one way there is.
local s = require("session")
s.open()
local sound = s.text()
s.replace("  | take  50", "      |   take  50")
vim.lsp.buf.format({ timeout_ms = 30000 })
assert(s.text() == sound, s.text())
