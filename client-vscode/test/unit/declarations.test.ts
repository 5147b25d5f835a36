import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declarationLines } from '../../src/explain/declarations';

/** Lines that end in `//!` or `#!` are expected to be found. */
function check(languageId: string, source: string): void {
  const expected = source.split('\n').flatMap((line, number) => (/(\/\/|#)!$/.test(line) ? [number] : []));
  assert.deepEqual(declarationLines(languageId, source.replace(/ *(\/\/|#)!$/gm, '')), expected);
}

test('types and members of C# are found, statements are not', () =>
  check('csharp', `
namespace Shop;
public sealed record Item(string Sku); //!
internal static class Cart //!
{
    private readonly Dictionary<string, Item> _items = new();
    public int Count => _items.Count; //!
    public bool TryGet(string sku, out Item? item) //!
    {
        return _items.TryGetValue(sku, out item);
    }
    public string? Name { get; set; } //!
    protected override async Task<IReadOnlyList<T>> ReadAsync<T>(int n) //!
    {
        if (n > 0) { await Task.Delay(n); }
        var x = new Item("a");
    }
}`));

test('functions and classes of Python are found', () => check('python', 'class A: #!\n    async def f(self): #!\n        return g()\ndefault = 1'));
test('items of Rust are found', () => check('rust', 'pub(crate) struct A; //!\nimpl A { //!\n    pub async fn go(&self) {} //!\n    let f = 1;\n}'));
test('other languages have none', () => assert.deepEqual(declarationLines('plaintext', 'class A'), []));
