-- Within a call, its parameters are told.
local s = require("session")
s.open()
s.go("advise(customer, customer.risk)", 1, #"advise(customer, ")
local help = s.ask("textDocument/signatureHelp")
s.holds(help.signatures[help.activeSignature and help.activeSignature + 1 or 1].label, "risk")
