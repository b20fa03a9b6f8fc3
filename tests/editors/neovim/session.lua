-- A session of Neovim with the server, for the scripts in methods/: each is one run of Neovim.
--
-- Kept true: whatever fails ends Neovim with a failure and says why; nothing waits for a time, only for what must come.

local M = {}

local PATIENCE = 30000
local project = assert(vim.env.SOPHIA_PROJECT, "SOPHIA_PROJECT names the project")

vim.opt.swapfile = false
vim.opt.shadafile = "NONE"
-- What the guide tells people to write.
dofile(assert(vim.env.SOPHIA_GUIDE, "SOPHIA_GUIDE names the lines of the guide"))

--- Waits until `condition` gives something, and gives it.
function M.wait(what, condition)
  local found
  local came = vim.wait(PATIENCE, function()
    found = condition()
    return found ~= nil and found ~= false
  end, 5)
  assert(came, "it never came: " .. what)
  return found
end

--- Opens a file of the project; gives its buffer and the client.
function M.open(name)
  vim.cmd.edit(project .. "/" .. (name or "churn_watch.sophia"))
  local buffer = vim.api.nvim_get_current_buf()
  local client = M.wait("the server", function()
    local client = vim.lsp.get_clients({ bufnr = buffer, name = "sophia" })[1]
    return client and client.initialized and client
  end)
  return buffer, client
end

--- Where `text` stands for the `nth` time: line and column from 0, in bytes.
function M.find(text, nth)
  local seen = 0
  for at, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local from = 1
    while true do
      local start = line:find(text, from, true)
      if not start then
        break
      end
      seen = seen + 1
      if seen == (nth or 1) then
        return at - 1, start - 1
      end
      from = start + 1
    end
  end
  error(("`%s` is not in the text %d times"):format(text, nth or 1))
end

--- Puts the cursor where `text` stands for the `nth` time, `further` bytes to the right.
function M.go(text, nth, further)
  local line, column = M.find(text, nth)
  vim.api.nvim_win_set_cursor(0, { line + 1, column + (further or 0) })
end

--- Writes `by` over what stands for the `nth` time as `text`.
function M.replace(text, by, nth)
  local line, column = M.find(text, nth)
  vim.api.nvim_buf_set_text(0, line, column, line, column + #text, vim.split(by, "\n"))
end

--- What the server answers to a question about the place of the cursor.
function M.ask(method, further)
  local _, client = 0, vim.lsp.get_clients({ name = "sophia" })[1]
  assert(client.supports_method(method), "the server does not serve " .. method)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params = vim.tbl_deep_extend("force", params, further or {})
  local answer = assert(client.request_sync(method, params, PATIENCE, vim.api.nvim_get_current_buf()), "no answer to " .. method)
  assert(not answer.err, answer.err and answer.err.message)
  return answer.result
end

--- The whole text.
function M.text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

--- Fails unless `text` holds `part`.
function M.holds(text, part)
  if type(text) ~= "string" then
    text = vim.inspect(text)
  end
  assert(text:find(part, 1, true), ("`%s` is not in\n%s"):format(part, text))
end

--- Runs a script; ends Neovim with what came of it.
function M.run(path)
  local ok, why = xpcall(dofile, debug.traceback, path)
  if not ok then
    io.stderr:write(why, "\n")
    vim.cmd("cquit 1")
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    client.stop()
  end
  M.wait("the end of the server", function()
    return #vim.lsp.get_clients() == 0
  end)
  vim.cmd("qall!")
end

return M
