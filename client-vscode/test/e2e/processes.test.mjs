// The server's life: two windows have two, a killed one comes back, one that keeps dying is given up, none outlives its editor.

import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { startEditor, until } from './editor.mjs';
import { isRunning, serversBelow } from './processes.mjs';
import { cut, inventoryWith, lineOf, rest } from './sources.mjs';

const file = 'Inventory.cs';
const text = inventoryWith();

let editor;
let first;
let second;
/** The process of the first window's extensions. */
let host;

const allServers = () => serversBelow(editor.served.pid);
/** Of the first window: VS Code may bring another one's back while it closes. */
const servers = () => allServers().filter(({ parent }) => parent === host);

// In Restricted Mode, and in a workspace that would like other programs to be started.
const files = {
  [file]: text,
  '.vscode/settings.json': JSON.stringify({ 'tritter.model': '/no/such/model', 'tritter.server.path': '/no/such/program', 'tritter.server.threads': 255 }),
};

before(async () => {
  editor = await startEditor({ trust: true, settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' } });
  first = await editor.window(editor.folder(files));
  await first.untilReady();
  [{ parent: host }] = allServers();
});

after(() => editor?.stop());

async function untilGhostIn(window) {
  await window.goTo(lineOf(text, cut));
  await window.type(rest);
  await window.untilGhost();
  await window.press('Escape');
  await window.press('Backspace');
}

async function killServer() {
  const [{ pid }] = servers();
  process.kill(pid, 'SIGKILL');
  await until('the server to be gone', () => !isRunning(pid));
}

test('in Restricted Mode there is ghost text, and the workspace chooses neither program nor model', async () => {
  await first.page.locator('.statusbar-item', { hasText: 'Restricted Mode' }).waitFor();
  await first.open(file);
  await untilGhostIn(first);
  assert.match(editor.log(), /^started with lsp$/m);
  assert.doesNotMatch(editor.log(), /no\/such|255/);
});

test('two windows have a server each, and ghost text', async () => {
  second = await editor.window(editor.folder(files));
  await second.untilReady();
  await second.open(file);
  assert.equal(servers().length, 1);
  assert.equal(allServers().length, 2);
  await untilGhostIn(second);
  await untilGhostIn(first);
});

test('a server does not outlive its extension host', async () => {
  const { pid, parent } = allServers().find((server) => server.parent !== host);
  process.kill(parent, 'SIGKILL');
  await until('the server to end', () => !isRunning(pid));
  await second.close();
});

test('a server that was killed comes back and completes', async () => {
  await killServer();
  await until('another server', () => servers().length === 1);
  await first.untilReady();
  await untilGhostIn(first);
});

test('after the third crash a message says so, and its button restarts', async () => {
  const message = first.page.locator('.notification-toast', { hasText: 'ended three times' });
  // It is the third within five minutes that counts, and the first one may be longer ago.
  await until('the message', async () => {
    if (servers().length > 0) {
      await killServer();
    }

    return message.isVisible();
  });
  await first.untilStatus(/stopped/);
  assert.equal(servers().length, 0);
  await message.getByRole('button', { name: 'Restart' }).click();
  await first.untilReady();
  assert.equal(servers().length, 1);
});

test('no server is left when the editor ends', async () => {
  const pids = allServers().map(({ pid }) => pid);
  assert.ok(pids.length > 0);
  await editor.stop();
  editor = undefined;
  await until('the servers to end', () => !pids.some(isRunning));
});
