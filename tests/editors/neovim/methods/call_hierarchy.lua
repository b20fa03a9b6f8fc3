-- Which playbook runs which: this one is known, and nobody runs it.
local s = require("session")
s.open()
s.go("playbook churn_watch", 1, #"playbook ")
local items = s.ask("textDocument/prepareCallHierarchy")
assert(items and #items == 1 and items[1].name == "churn_watch", vim.inspect(items))
local client = vim.lsp.get_clients({ name = "sophia" })[1]
local calls = assert(client.request_sync("callHierarchy/incomingCalls", { item = items[1] }, 30000, 0))
assert(not calls.err and #(calls.result or {}) == 0, vim.inspect(calls))
