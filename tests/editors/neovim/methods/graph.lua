-- The graph is drawn for any editor.
local s = require("session")
local _, client = s.open()
local about = { textDocument = vim.lsp.util.make_text_document_params() }
local graph = assert(client.request_sync("sophia/graph", about, 30000, 0)).result
s.holds(graph.svg, "<svg")
s.holds(graph.steps, "do slack.post_message")
