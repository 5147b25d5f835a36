// Explain and ask: CodeLens, side-bar view, citations that open files.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startEditor, until } from './editor.mjs';
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

/** The newest answer, once it is complete. */
async function answered() {
  const last = view.locator('article').last();
  await last.waitFor();
  await until('the whole answer', async () => !(await last.getAttribute('class')).includes('running'));
  return last;
}

test('a CodeLens above a member explains it in the side bar', async () => {
  await window.open('Cart.cs');
  const lens = window.page.locator('.codelens-decoration a', { hasText: 'Explain' });
  await until('CodeLenses', async () => (await lens.count()) >= 3);
  await lens.last().click();
  const answer = await answered();
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

  await window.command('Tritter: Explain Selection');
  const answer = await answered();
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
  await window.press('Enter');
  const answer = await answered();
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

test('a new conversation begins empty', async () => {
  await window.command('Tritter: Start a New Conversation');
  await until('no answers', async () => (await view.locator('article').count()) === 0);
});
