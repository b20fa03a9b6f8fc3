-- A mistake in the manifest is told there.
local s = require("session")
s.open()
local manifest = vim.fn.bufadd(vim.env.SOPHIA_PROJECT .. "/sophia.toml")
vim.fn.bufload(manifest)
vim.api.nvim_set_current_buf(manifest)
vim.lsp.buf_attach_client(manifest, vim.lsp.get_clients({ name = "sophia" })[1].id)
s.replace('kind = "sqlite"', 'kind = "sqlight"')
local found = s.wait("a complaint", function()
  return vim.diagnostic.get(manifest)[1]
end)
s.holds(found.message, "sqlight")
