// What switches completion off, and what the user sees of it: status bar, menu, reasons, prompt.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { clientFolder } from '../../../scripts/client.mjs';
import { startEditor, until } from './editor.mjs';
import { cut, inventoryWith, lineOf, rest } from './sources.mjs';

const manifest = JSON.parse(readFileSync(path.join(clientFolder, 'package.json'), 'utf8'));
const file = 'Inventory.cs';
const text = inventoryWith();

let editor;
let window;

before(async () => {
  const settings = { 'editor.wordBasedSuggestions': 'currentDocument', 'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' } };
  editor = await startEditor({ settings, machine: { 'tritter.adapters': { 'no/folder': 'no/adapter' } } });
  const folder = editor.folder({ [file]: text, 'Secret.cs': text, '.tritterignore': 'Secret.*\n', 'notes.txt': 'nothing\n' });
  // For the view of changes that are to be committed.
  execFileSync('git', ['init', '--quiet', folder]);
  window = await editor.window(folder);
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

async function retype() {
  await window.press('Backspace');
  await window.type(rest);
}

/** The reason of the last silence. VS Code asks a moment after a key, and not at all when a command comes sooner: then the key is typed again. */
async function untilReason(pattern, again = retype) {
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
  await retype();
  await window.untilGhost({ again: retype });
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
  await window.untilNoGhost();
  await window.press('Alt+Backslash');
  await window.untilGhost();
});

test('a setting shows ghost text beside the suggestion list', async () => {
  await workspaceSettings({ 'tritter.completion.besideSuggestions': true });
  await openList();
  const again = async () => { await window.press('Escape'); await window.press('Control+Space'); };
  await window.untilGhost({ again });
});

test('a setting of the server takes effect at once', async () => {
  await typeRest();
  const usual = await window.askedGhost();
  await workspaceSettings({ 'tritter.completion.maxTokens': 1 });
  const short = await until('a shorter suggestion', async () => {
    await window.press('Escape');
    await window.press('Alt+Backslash');
    const now = await window.untilGhost();
    return now.length < usual.length && now;
  });
  assert.ok(usual.startsWith(short), `${usual} begins with ${short}`);
});

test('every setting of the server reaches it, and what makes no sense is refused in the log', async () => {
  const names = Object.keys(Object.assign({}, ...manifest.contributes.configuration.map((c) => c.properties)));
  const servers = names.filter((name) => /^tritter\.(completion|index)\./.test(name) && name !== 'tritter.completion.besideSuggestions');
  await workspaceSettings(Object.fromEntries(servers.map((name) => [name, 'x'])), /Tritter: ready/);
  for (const name of [...servers, 'tritter.adapters']) {
    await until(`the log to refuse ${name}`, () => editor.log().includes(`${name} `));
  }
});

test('in a file that .tritterignore names nothing is suggested, not even when asked', async () => {
  await window.open('Secret.cs');
  await typeRest();
  await untilReason(/\.tritterignore/, () => window.press('Alt+Backslash'));
  assert.equal(await window.ghost(), '');
});

test('in the box for a commit’s message nothing is asked', async () => {
  await window.page.locator('.activitybar .action-label[aria-label^="Source Control"]').click({ force: true });
  const box = window.page.locator('.scm-view .scm-input .monaco-editor').first();
  await box.click();
  await window.type('return _items.');
  await window.press('Alt+Backslash');
  await window.open(file);
  await typeRest();
  await window.untilGhost();
  assert.match(editor.log(), /Inventory\.cs/);
  assert.doesNotMatch(editor.log(), /vscode-scm|scm\/input/);
});

test('the walkthrough opens', async () => {
  await window.command('Tritter: Getting Started');
  const walkthrough = window.page.locator('.gettingStartedContainer');
  await until('the walkthrough', async () => /Get started with Tritter[^]*Type, and take what is grey/.test((await walkthrough.textContent()) ?? ''));
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
    return (await hover.count()) > 0 && /Answer after\s*\d+ ms/.test(await hover.textContent());
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
