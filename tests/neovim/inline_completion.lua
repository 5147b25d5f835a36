-- Asks the built server for an inline completion through Neovim's own LSP client (0.7.2 or later) and prints the answer.
-- Run by scripts/neovim.mjs in the repository's root: nvim --headless -u NONE -c 'luafile tests/neovim/inline_completion.lua'
-- In: TRITTER (the executable), TRITTER_FILE, TRITTER_LINE and TRITTER_COLUMN (1-based, as tritter complete takes them).

local timeout_ms = 60000

local function finish(ok, message)
  io.stdout:write(message, '\n')
  io.stdout:flush()
  vim.cmd(ok and 'qall!' or 'cquit 1')
end

local function check(condition, message)
  if not condition then
    error(message, 0)
  end
  return condition
end

local function ask()
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.TRITTER_FILE))
  local buffer = vim.api.nvim_get_current_buf()
  vim.bo[buffer].filetype = 'cs'

  local client_id = check(vim.lsp.start_client({
    name = 'tritter',
    cmd = { vim.env.TRITTER, 'lsp' },
    root_dir = vim.fn.getcwd(),
    get_language_id = function() return 'csharp' end,
  }), 'the server did not start')
  check(vim.lsp.buf_attach_client(buffer, client_id), 'the server was not attached to the buffer')
  local client = vim.lsp.get_client_by_id(client_id)
  check(vim.wait(timeout_ms, function() return client.initialized end, 20), 'the server did not answer initialize')
  check(client.server_capabilities.inlineCompletionProvider, 'the server does not offer inline completion')

  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buffer) },
    position = { line = tonumber(vim.env.TRITTER_LINE) - 1, character = tonumber(vim.env.TRITTER_COLUMN) - 1 },
    context = { triggerKind = 1 },
  }
  local answer, problem = client.request_sync('textDocument/inlineCompletion', params, timeout_ms, buffer)
  check(answer, 'no answer: ' .. tostring(problem))
  check(not answer.err, 'an error: ' .. vim.inspect(answer.err))
  local items = answer.result and (answer.result.items or answer.result) or {}
  check(#items > 0, 'no suggestion: ' .. vim.inspect(answer.result))
  local text = items[1].insertText
  check(type(text) == 'string' and text:match('%S'), 'an empty suggestion: ' .. vim.inspect(items[1]))

  client.stop()
  check(vim.wait(5000, function() return client.is_stopped() end, 20), 'the server did not stop when asked to')
  return text
end

local ok, result = pcall(ask)
finish(ok, ok and ('suggestion: ' .. result) or ('FAILED: ' .. tostring(result)))
