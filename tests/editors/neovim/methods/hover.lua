-- Hovering over a column in SQL tells its type.
local s = require("session")
s.open()
s.go("tenure", 1, 2)
local hover = s.ask("textDocument/hover")
s.holds(hover.contents, "INTEGER")
