// What switches completion off, and what the user sees of it: status bar, menu, reasons, prompt.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { startEditor, until } from './editor.mjs';
import { cut, inventoryWith, lineOf, rest } from './sources.mjs';

const file = 'Inventory.cs';
const text = inventoryWith();

let editor;
let window;

before(async () => {
  const settings = { 'editor.wordBasedSuggestions': 'currentDocument', 'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' } };
  editor = await startEditor({ settings });
  window = await editor.window(editor.folder({ [file]: text, 'Other.cs': text, 'notes.txt': 'nothing\n' }));
  await window.untilReady();
});

after(() => editor?.stop());

beforeEach(async () => {
  await workspaceSettings({});
  await window.open(file);
  await window.press('Escape');
  await window.command('File: Revert File');
});

const workspaceFile = () => path.join(window.folder, '.vscode', 'settings.json');

/** Writes the workspace's settings and waits until the status bar shows that they are known. */
async function workspaceSettings(settings, status = /Tritter: ready$/) {
  mkdirSync(path.dirname(workspaceFile()), { recursive: true });
  writeFileSync(workspaceFile(), JSON.stringify(settings));
  await window.untilStatus(status);
}

async function typeRest() {
  await window.goTo(lineOf(text, cut));
  await window.type(rest);
}

/** The reason of the last silence. VS Code asks a moment after a key, and not at all when a command comes sooner: then the key is typed again. */
async function untilReason(pattern, again = async () => { await window.press('Backspace'); await window.type(rest.at(-1)); }) {
  await until(`the reason ${pattern}`, async () => {
    if (pattern.test(await window.messageOf('Tritter: Why No Suggestion?', /suggestion|empty answer|empty so far/))) {
      return true;
    }

    await again();
    await window.page.waitForTimeout(500);
    return false;
  });
}

test('off for a language: nothing is asked, and the reason is told', async () => {
  await workspaceSettings({ '[csharp]': { 'tritter.completion.enabled': false } }, /off here/);
  await typeRest();
  await untilReason(/turned off here/);
  assert.equal(await window.ghost(), '');
  await window.open('notes.txt');
  await window.untilStatus(/Tritter: ready$/);
});

test('off in the workspace, by the command, is written to its settings', async () => {
  await window.command('Tritter: Turn Completion On or Off in This Workspace');
  await window.untilStatus(/off here/);
  await until('the setting', () => existsSync(workspaceFile()) && /"tritter\.completion\.enabled": *false/.test(readFileSync(workspaceFile(), 'utf8')));
});

test('only when asked: typing shows nothing, the key does', async () => {
  await workspaceSettings({ 'tritter.completion.automatic': false }, /ready when asked/);
  await typeRest();
  await untilReason(/waits to be asked/);
  assert.equal(await window.ghost(), '');
  await window.press('Alt+Backslash');
  assert.notEqual(await window.untilGhost(), '');
});

test('a pause holds back typing, and its end lets it through', async () => {
  await window.command('Tritter: Pause Completion for a While');
  await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'For 5 minutes' }).click();
  await window.untilStatus(/paused until/);
  await typeRest();
  await untilReason(/paused/);
  assert.equal(await window.ghost(), '');
  await window.command('Tritter: End the Pause');
  await window.untilReady();
  await window.press('Backspace');
  await window.type(rest);
  await window.untilGhost();
});

async function openList() {
  await window.goTo(lineOf(text, cut));
  for (let n = 0; n < 'ems'.length; n++) {
    await window.press('Backspace');
  }

  await window.press('Control+Space');
  await window.page.locator('.suggest-widget.visible .monaco-list-row.focused', { hasText: '_items' }).waitFor();
}

test('the key shows ghost text beside the suggestion list', async () => {
  await openList();
  assert.equal(await window.ghost(), '');
  await window.press('Alt+Backslash');
  await window.untilGhost();
});

test('a setting shows ghost text beside the suggestion list', async () => {
  await workspaceSettings({ 'tritter.completion.besideSuggestions': true });
  await openList();
  const again = async () => { await window.press('Escape'); await window.press('Control+Space'); };
  await window.untilGhost({ again });
});

test('the server takes the settings that it knows', async () => {
  await workspaceSettings({ 'tritter.completion.maxTokens': 1, 'tritter.completion.gate': false, 'tritter.completion.mask': false, 'tritter.completion.context': false });
  await typeRest();
  const short = await window.untilGhost();
  await workspaceSettings({});
  // Another file: the server remembers what it suggested in this one.
  await window.open('Other.cs');
  await typeRest();
  const usual = await until('a longer suggestion', async () => { const now = await window.untilGhost(); return now.length > short.length && now; });
  assert.ok(usual.startsWith(short), `${usual} begins with ${short}`);
});

test('with a delay ghost text comes no sooner than it says', async () => {
  await workspaceSettings({ 'tritter.completion.delayMs': 3000 });
  await window.goTo(lineOf(text, cut));
  const began = Date.now();
  await window.type(rest);
  await window.untilGhost();
  assert.ok(Date.now() - began >= 3000, `${Date.now() - began} ms`);
});

test('the menu behind the status bar item leads to what the model saw', async () => {
  await typeRest();
  await window.untilGhost();
  await window.page.locator('.statusbar-item', { hasText: 'Tritter' }).first().click();
  await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Show what the model saw' }).click();
  const shown = window.page.locator('.monaco-editor[data-uri^="tritter-prompt:"]');
  await shown.waitFor();
  await until('the prompt', async () => /What the model saw of\s+Inventory\.cs/.test((await shown.textContent()).replaceAll('\u00a0', ' ')));
  await window.screenshot('vscode-prompt.png');
});

test('the tooltip of the status bar item tells the figures', async () => {
  await typeRest();
  await window.untilGhost();
  const item = window.page.locator('.statusbar-item', { hasText: 'Tritter' }).first();
  const hover = window.page.locator('.workbench-hover-container', { hasText: 'Nothing leaves this machine' });
  await until('the tooltip with figures', async () => {
    await window.page.mouse.move(600, 300);
    await item.hover();
    await hover.waitFor({ timeout: 5000 }).catch(() => undefined);
    return (await hover.count()) > 0 && /tokens\/s/.test(await hover.textContent());
  });
  assert.match(await hover.textContent(), /tritter-100m/);
  await window.screenshot('vscode-status.png', { clip: { x: 780, y: 480, width: 500, height: 320 } });
});

// Last, since it leaves a comparison behind.
test('a comparison of files is left alone', async () => {
  await typeRest();
  await window.untilGhost();
  await window.command('File: Compare Active File with Saved');
  await window.page.locator('.monaco-diff-editor').waitFor();
  await window.press('Alt+Backslash');
  await untilReason(/comparison/, () => window.press('Alt+Backslash'));
});
