-- Words have a meaning, inside SQL too.
local s = require("session")
local buffer = s.open()
local line, column = s.find("tenure")
local token = s.wait("a token inside SQL", function()
  local tokens = vim.lsp.semantic_tokens.get_at_pos(buffer, line, column)
  return tokens and tokens[1]
end)
assert(token.type == "property", vim.inspect(token))
