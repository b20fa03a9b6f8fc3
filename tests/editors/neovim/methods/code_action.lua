-- What can be mended is mended by a fix.
local s = require("session")
local buffer = s.open()
s.replace("tenure", "tenur")
s.wait("a complaint", function()
  return vim.diagnostic.get(buffer)[1]
end)
s.go("tenur,", 1, 1)
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    return action.title:find("`tenure`", 1, true) ~= nil
  end,
})
s.wait("the fix", function()
  return not s.text():find("tenur,", 1, true)
end)
