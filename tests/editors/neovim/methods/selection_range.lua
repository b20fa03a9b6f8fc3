-- A selection grows from a word to its surroundings.
local s = require("session")
s.open()
local line, column = s.find("customer.tenure")
local found = s.ask("textDocument/selectionRange", { positions = { { line = line, character = column + 10 } } })
local steps, range = 0, found[1]
while range do
  steps, range = steps + 1, range.parent
end
assert(steps >= 4, vim.inspect(found))
