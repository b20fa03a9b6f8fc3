-- A new line begins where the language has it, by the lines of the guide.
local s = require("session")
s.open()
vim.api.nvim_win_set_cursor(0, { (s.find("on failure")), 0 })
local keys = 'ofor each one in at_risk {<CR>if one.risk >= 90% {<CR>stop "Enough."<CR>}<CR>let all = [<CR>1,<CR>]<CR>}<Esc>'
vim.api.nvim_feedkeys(vim.keycode(keys), "tx", false)
s.holds(s.text(), table.concat({
  "for each one in at_risk {",
  "  if one.risk >= 90% {",
  '    stop "Enough."',
  "  }",
  "  let all = [",
  "    1,",
  "  ]",
  "}",
}, "\n"))
