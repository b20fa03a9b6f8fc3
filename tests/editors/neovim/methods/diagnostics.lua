-- A mistake is told as one types, and goes when it is mended.
local s = require("session")
local buffer = s.open()
s.replace("tenure", "tenur")
local found = s.wait("a complaint", function()
  return vim.diagnostic.get(buffer)[1]
end)
assert(found.code == "S402", vim.inspect(found))
assert(found.severity == vim.diagnostic.severity.ERROR)
s.holds(found.message, "There is no column `tenur`")
local line, column = s.find("tenur,")
assert(found.lnum == line and found.col == column, vim.inspect(found))
s.replace("tenur,", "tenure,")
s.wait("no complaint", function()
  return #vim.diagnostic.get(buffer) == 0
end)
