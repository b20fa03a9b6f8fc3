-- The outline holds what the playbook declares.
local s = require("session")
s.open()
local names = vim.tbl_map(function(symbol)
  return symbol.name
end, s.ask("textDocument/documentSymbol"))
s.holds(names, "churn_risk")
s.holds(names, "advise")
