-- Inside SQL, columns are offered.
local s = require("session")
s.open()
s.replace("payment_method, monthly_charges", "payment_method, mon")
s.go("payment_method, mon", 1, #"payment_method, mon")
local found = s.ask("textDocument/completion")
local labels = vim.tbl_map(function(item)
  return item.label
end, found.items or found)
assert(vim.tbl_contains(labels, "monthly_charges"), vim.inspect(labels))
