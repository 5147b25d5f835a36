// Ghost text as somebody who types sees it: real model, real server, real VS Code, in which the extension was installed from its .vsix:
// one with the built server, or the file that TRITTER_VSIX names, as `npm run package` made it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { packageExtension } from '../../../scripts/package.mjs';
import { here } from '../../../scripts/publish-server.mjs';
import { root } from '../../../scripts/repository.mjs';
import { startEditor, until } from './editor.mjs';
import { serversBelow } from './processes.mjs';
import { cut, inventoryWith, lineOf, rest } from './sources.mjs';

const read = (file) => readFileSync(file, 'utf8');
const label = 'var label = "价格 💰 é"; return _items';
const blank = ' '.repeat(8);
const long = (text) => text + Array.from({ length: 5000 }, (_, n) => `\ninternal static class Filler${n} { public static int Value => ${n}; }`).join('') + '\n';

// One file for each test: what one test leaves behind is no matter to the next.
const files = {
  'Seen.cs': inventoryWith(),
  'All.cs': inventoryWith(),
  'Word.cs': inventoryWith(),
  'Line.cs': inventoryWith(`return true;\n    }\n\n    public void Remove(string sku)\n    {\n${blank}`),
  'Through.cs': inventoryWith(),
  'Dismissed.cs': inventoryWith(),
  'Undone.cs': inventoryWith(),
  'Listed.cs': inventoryWith('return _it'),
  'Both.cs': inventoryWith('return _it'),
  'Two.cs': inventoryWith(`if (sku == null) return _items\n        ${cut}`),
  'Crlf.cs': inventoryWith().replaceAll('\n', '\r\n'),
  'Wide.cs': inventoryWith(label),
  'Long.cs': long(inventoryWith()),
};

let editor;
let window;

before(async () => {
  const vsix = process.env.TRITTER_VSIX ? path.resolve(root, process.env.TRITTER_VSIX) : await packageExtension(here, 'built', 'tritter-vscode-test');
  editor = await startEditor({ vsix, server: null, settings: { 'files.defaultLanguage': 'csharp', 'editor.wordBasedSuggestions': 'currentDocument', 'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' } } });
  window = await editor.window(editor.folder(files));
  await window.untilReady();
});

after(() => editor?.stop());

/** Opens a file, types the last character of the unfinished line and returns the ghost text that is there in the end. */
async function typeIn(file, text = cut) {
  await window.open(file);
  await window.goTo(lineOf(files[file], text));
  await window.type(rest);
  return window.askedGhost();
}

/** What the file is once `ghost` was taken at the end of its unfinished line. */
function finished(file, ghost, text = cut) {
  const lines = files[file].split('\n');
  const at = lineOf(files[file], text) - 1;
  lines[at] = lines[at].replace(text, () => text + rest + ghost);
  return lines.join('\n');
}

test('typing in a C# file shows what the model would write', async () => {
  await window.open('Seen.cs');
  await window.goTo(lineOf(files['Seen.cs'], cut));
  await window.type(rest);
  // By typing alone: where the first answer came too late, the character is typed once more, and no key asks.
  const again = async () => { await window.press('Backspace'); await window.type(rest); };
  const ghost = await window.untilGhost({ again });
  assert.match(ghost, /^\w+/);
  await window.screenshot('vscode-ghost-text.png', { clip: { x: 352, y: 36, width: 780, height: 560 } });
});

test('the server that runs is the one in the package', () => {
  const [{ command }] = serversBelow(editor.served.pid);
  assert.match(command[0], /\/editor\/extensions\/tritter\.tritter-vscode-[^/]+\/server\/tritter$/);
});

test('Tab takes all of it', async () => {
  const ghost = await typeIn('All.cs');
  await window.press('Tab');
  assert.equal(await window.saved('All.cs', read), finished('All.cs', ghost));
});

test('Ctrl+Right takes a word and leaves the rest', async () => {
  const ghost = await typeIn('Word.cs');
  const [word] = /^\W*\w+/.exec(ghost);
  assert.ok(word.length < ghost.length, ghost);
  await window.press('Control+ArrowRight');
  await until('the rest', async () => (await window.ghost()) === ghost.slice(word.length));
  assert.equal(await window.saved('Word.cs', read), finished('Word.cs', word));
});

test('Ctrl+Alt+Right takes a line and leaves the rest', async () => {
  await window.open('Line.cs');
  await window.goTo(lineOf(files['Line.cs'], blank));
  await window.press('Alt+Backslash');
  // On a busy machine a first answer may be followed by another one.
  const ghost = await window.askedGhost();
  const [line, next] = ghost.split('\n');
  assert.ok(next?.trim(), ghost);
  await window.press('Control+Alt+ArrowRight');
  await until('the rest', async () => (await window.ghost()).trimStart().startsWith(next.trim()));

  const saved = (await window.saved('Line.cs', read)).split('\n');
  assert.equal(saved[lineOf(files['Line.cs'], blank) - 1].trim(), line);
});

test('typing what it says keeps the rest', async () => {
  const ghost = await typeIn('Through.cs');
  assert.ok(ghost.length > 4, ghost);
  for (let typed = 1; typed <= 4; typed++) {
    await window.type(ghost[typed - 1]);
    await until('the rest', async () => (await window.ghost()) === ghost.slice(typed));
  }
});

test('Escape dismisses it and leaves the text alone', async () => {
  await typeIn('Dismissed.cs');
  await window.press('Escape');
  await window.untilNoGhost();
  assert.equal(await window.saved('Dismissed.cs', read), finished('Dismissed.cs', ''));
});

test('undo takes an accepted suggestion back', async () => {
  const ghost = await typeIn('Undone.cs');
  await window.press('Tab');
  assert.equal(await window.saved('Undone.cs', read), finished('Undone.cs', ghost));
  await window.press('Control+Z');
  assert.equal(await window.saved('Undone.cs', read), finished('Undone.cs', ''));
});

test('while the suggestion list is open, Tab takes its entry and there is no ghost text', async () => {
  await window.open('Listed.cs');
  await window.goTo(lineOf(files['Listed.cs'], 'return _it'));
  await window.press('Control+Space');
  await window.page.locator('.suggest-widget.visible .monaco-list-row.focused').waitFor();
  await window.untilNoGhost();
  await window.press('Tab');
  assert.equal(await window.saved('Listed.cs', read), inventoryWith('return _items'));
});

test('with two cursors it is taken at both', async () => {
  await window.open('Two.cs');
  await window.goTo(lineOf(files['Two.cs'], 'if (sku == null) return _items'));
  // As VS Code has it on Linux.
  await window.press('Shift+Alt+ArrowDown');
  await window.press('End');
  await window.type(rest);
  const both = await window.untilGhost();
  const ghost = both.slice(0, both.length / 2);
  assert.equal(both, ghost + ghost);
  await window.press('Tab');
  const saved = await window.saved('Two.cs', read);
  const [line] = ghost.split('\n');
  for (const start of ['if (sku == null) return _items', cut]) {
    assert.ok(saved.includes(`        ${start}${rest}${line}`), `'${ghost}' behind '${start}' in:\n${saved}`);
  }

  await window.press('Escape');
});

test('a file with CRLF keeps its line ends', async () => {
  const ghost = await typeIn('Crlf.cs');
  await window.press('Tab');
  assert.equal(await window.saved('Crlf.cs', read), finished('Crlf.cs', ghost.replaceAll('\n', '\r\n')));
});

test('behind emoji and Chinese it lands at the cursor', async () => {
  const ghost = await typeIn('Wide.cs', label);
  await window.press('Tab');
  assert.equal(await window.saved('Wide.cs', read), finished('Wide.cs', ghost, label));
});

test('a file of 5,000 lines is no matter', async () => {
  const ghost = await typeIn('Long.cs');
  await window.press('Tab');
  assert.equal(await window.saved('Long.cs', read), finished('Long.cs', ghost));
});

test('in a file that was never saved it is shown and taken, too', async () => {
  await window.press('Control+N');
  const untitled = window.page.locator('.monaco-editor[data-uri^="untitled:"]');
  await untitled.waitFor();
  const text = 'foreach (var item in items.Where(item => item.Quantity > 0)) total += item';
  await window.type(`${text}${rest}`);
  const [line] = (await window.askedGhost()).split('\n');
  await window.press('Tab');
  await until('the text', async () => (await untitled.locator('.view-lines').textContent()).replaceAll('\u00a0', ' ').startsWith(text + rest + line));
});
