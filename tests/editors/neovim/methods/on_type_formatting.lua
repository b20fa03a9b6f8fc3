-- A bracket that closes a block goes where it belongs.
local s = require("session")
s.open()
local line, column = s.find('test "a settled customer')
vim.api.nvim_buf_set_lines(0, line, line, false, { "if threshold > 50% {", '  stop "Enough."', "    }", "" })
local edits = s.ask("textDocument/onTypeFormatting", {
  position = { line = line + 2, character = 5 },
  ch = "}",
  options = { tabSize = 2, insertSpaces = true },
})
vim.lsp.util.apply_text_edits(edits, vim.api.nvim_get_current_buf(), vim.lsp.get_clients()[1].offset_encoding)
assert(vim.api.nvim_buf_get_lines(0, line + 2, line + 3, false)[1] == "}", s.text())
