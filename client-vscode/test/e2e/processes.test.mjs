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

const servers = () => serversBelow(editor.served.pid);

before(async () => {
  editor = await startEditor();
  first = await editor.window(editor.folder({ [file]: text }));
  await first.untilReady();
});

after(() => editor?.stop());

async function ghostIn(window) {
  await window.goTo(lineOf(text, cut));
  await window.type(rest);
  const ghost = await window.untilGhost();
  await window.press('Escape');
  await window.press('Backspace');
  return ghost;
}

async function killServer(window) {
  const [{ pid }] = servers();
  process.kill(pid, 'SIGKILL');
  await until('the server to be gone', () => !isRunning(pid));
  return window;
}

test('two windows have a server each and the same ghost text', async () => {
  second = await editor.window(editor.folder({ [file]: text }));
  await second.untilReady();
  await first.open(file);
  await second.open(file);
  assert.equal(servers().length, 2);
  assert.equal(await ghostIn(second), await ghostIn(first));
});

test('a server does not outlive its extension host', async () => {
  const [, { pid, parent }] = servers().sort((a, b) => a.pid - b.pid);
  process.kill(parent, 'SIGKILL');
  await until('the server to end', () => !isRunning(pid));
  await second.close();
});

test('a server that was killed comes back and completes', async () => {
  await until('one server', () => servers().length === 1);
  await killServer(first);
  await until('another server', () => servers().length === 1);
  await first.untilReady();
  assert.notEqual(await ghostIn(first), '');
});

test('after the third crash a message says so, and its button restarts', async () => {
  await killServer(first);
  await until('another server', () => servers().length === 1);
  await first.untilReady();
  await killServer(first);
  const message = first.page.locator('.notification-toast', { hasText: 'ended three times' });
  await message.waitFor();
  await first.untilStatus(/stopped/);
  assert.equal(servers().length, 0);
  await message.getByRole('button', { name: 'Restart' }).click();
  await first.untilReady();
  assert.equal(servers().length, 1);
});

test('no server is left when the editor ends', async () => {
  const [{ pid }] = servers();
  await editor.stop();
  editor = undefined;
  await until('the server to end', () => !isRunning(pid));
});
