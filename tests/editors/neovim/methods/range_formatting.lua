-- A part of the text is laid out, and nothing else.
local s = require("session")
s.open()
s.replace("  | take  50", "      |   take  50")
s.replace("accept  auc", "accept auc")
local line = s.find("|   take  50")
vim.lsp.buf.format({ timeout_ms = 30000, range = { start = { line + 1, 0 }, ["end"] = { line + 1, 10 } } })
s.holds(s.text(), "  | take  50")
s.holds(s.text(), "accept auc")
