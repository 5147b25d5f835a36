// Explain and ask: CodeLens, side-bar view, citations that open files.

import assert from 'node:assert/strict';
import process from 'node:process';
import { after, before, test } from 'node:test';
import { startEditor, until } from './editor.mjs';
import { serversBelow } from './processes.mjs';
import { lineOf } from './sources.mjs';

const files = {
  'Shop.csproj': '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>\n',
  'Item.cs': `namespace Shop;

/// <summary>One kind of thing on the shelves.</summary>
public sealed record Item(string Sku, int Quantity, decimal UnitPrice)
{
    /// <summary>What all of them cost.</summary>
    public decimal Total() => Quantity * UnitPrice;
}
`,
  'Cart.cs': `using System.Collections.Generic;
using System.Linq;

namespace Shop;

/// <summary>What a customer is about to buy.</summary>
public sealed class Cart
{
    private readonly List<Item> _items = new();

    public void Add(Item item) => _items.Add(item);

    public decimal Sum()
    {
        return _items.Sum(item => item.Total());
    }
}
`,
};

let editor;
let window;
let view;

before(async () => {
  editor = await startEditor({ settings: { 'tritter.explain.codeLens': true } });
  window = await editor.window(editor.folder(files));
  await window.untilReady();
  view = window.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
});

after(() => editor?.stop());

/** Does what asks, and returns the answer, once it is there as a whole: the one after those that are there already. */
async function answerTo(ask) {
  const next = view.locator('article').nth(await view.locator('article').count());
  await ask();
  await next.waitFor();
  await until('the whole answer', async () => !(await next.getAttribute('class')).includes('running'));
  return next;
}

const runningServer = () => serversBelow(editor.served.pid)[0].pid;

test('a CodeLens above a member explains it in the side bar', async () => {
  await window.open('Cart.cs');
  const lens = window.page.locator('.codelens-decoration a', { hasText: 'Explain' });
  await until('CodeLenses', async () => (await lens.count()) >= 3);
  const answer = await answerTo(() => lens.last().click());
  assert.equal(await answer.getAttribute('class'), 'done');
  assert.match(await answer.locator('h2').textContent(), /Explain public decimal Sum\(\)/);
  assert.match(await answer.locator('.markdown').textContent(), /Sum/);
});

test('a click on a citation opens its file and range', async () => {
  await window.open('Cart.cs');
  await window.goTo(lineOf(files['Cart.cs'], 'item.Total());'));
  for (let n = 0; n < 'al());'.length; n++) {
    await window.press('ArrowLeft');
  }

  const answer = await answerTo(() => window.command('Tritter: Explain Selection'));
  const citation = answer.locator('.sources a', { hasText: 'Item.cs' }).first();
  await citation.waitFor();
  await window.screenshot('vscode-explain.png');
  await citation.click();
  await window.editor('Item.cs').first().waitFor();
  await until('the cited lines to be selected', async () => /Ln \d+, Col \d+ \(\d+ selected\)/.test(await window.page.locator('.statusbar').textContent()));
});

test('the question box is reached by the command and works by keyboard alone', async () => {
  await window.command('Tritter: Ask About the Repository');
  const box = view.locator('#question');
  await until('the box to have the focus', () => box.evaluate((e) => e === document.activeElement));
  await window.type('Who calls Total?');
  const answer = await answerTo(() => window.press('Enter'));
  assert.equal(await answer.locator('h2').textContent(), 'Who calls Total?');
  assert.equal(await box.inputValue(), '');
  assert.equal(await answer.getAttribute('class'), 'done');
  assert.ok((await answer.locator('.sources a', { hasText: 'Cart.cs' }).count()) > 0, await answer.textContent());
  await window.screenshot('vscode-ask.png');
});

test('the answer can be copied', async () => {
  const answer = view.locator('article.done').first();
  await answer.getByRole('button', { name: 'Copy answer' }).click();
  const copied = await until('the clipboard', () => window.page.evaluate(() => navigator.clipboard.readText().catch(() => '')));
  assert.match(copied, /Sum/);
});

test('the stop button ends an answer at once, even when the server does not move', async () => {
  await window.command('Tritter: Ask About the Repository');
  await until('the box to have the focus', () => view.locator('#question').evaluate((e) => e === document.activeElement));
  await window.type('Who calls Add?');
  const server = runningServer();
  process.kill(server, 'SIGSTOP');
  try {
    const answer = await answerTo(async () => {
      await window.press('Enter');
      await view.getByRole('button', { name: 'Stop' }).click();
    });
    assert.equal(await answer.getAttribute('class'), 'stopped');
    assert.match(await answer.textContent(), /Stopped/);
    assert.equal(await view.getByRole('button', { name: 'Stop' }).isVisible(), false);
  } finally {
    process.kill(server, 'SIGCONT');
  }
});

test('a new conversation begins empty', async () => {
  await window.command('Tritter: Start a New Conversation');
  await until('no answers', async () => (await view.locator('article').count()) === 0);
});

test('@tritter answers in the chat, with the places it names', async () => {
  await window.command('Chat: Open Chat');
  const chat = window.page.locator('.interactive-session');
  const input = chat.locator('.interactive-input-part');
  await input.locator('.monaco-editor').click();
  await until('the model to be chosen', async () => /Tritter/.test(await input.textContent()));
  // At once, as if pasted: typed key by key, the chat's own list may put another participant in its place.
  await window.page.keyboard.insertText('@tritter Who calls Total? ');
  await until('the question to stand there', async () => /Who.calls.Total/.test((await input.textContent()) ?? ''));
  await window.press('Enter');
  const answer = chat.locator('.interactive-response').last();
  await until('the answer', async () => /Cart\.cs:15/.test((await answer.count()) > 0 ? await answer.textContent() : ''));
});
