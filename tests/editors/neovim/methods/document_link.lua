-- What names a file or a page can be opened.
local s = require("session")
s.open()
s.ask("textDocument/documentLink")
