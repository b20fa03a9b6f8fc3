-- What is called from where.
local s = require("session")
s.open()
s.go("model advise", 1, #"model ")
local items = s.ask("textDocument/prepareCallHierarchy")
assert(items and #items == 1, vim.inspect(items))
local calls = s.ask("callHierarchy/incomingCalls", { item = items[1] })
assert(#calls >= 1, vim.inspect(calls))
