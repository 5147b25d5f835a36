using System.Text.RegularExpressions;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using Tritter.Core.Explain;
using Tritter.Core.Tests.CSharp;

namespace Tritter.Core.Tests.Explain;

/// <summary>What is said about C# code. In expected lines the text that a citation points to stands between ⟨ and ⟩.</summary>
public sealed partial class ExplainTests
{
    private const string Store = """
        namespace Shop;

        /// <summary>Things that can be sold.</summary>
        public interface IStore
        {
            /// <summary>Finds a thing. The rest is not said here.</summary>
            int Find(string sku);
        }

        public sealed class Store : IStore
        {
            private readonly Dictionary<string, int> _items = new();
            private int _asked;

            /// <inheritdoc/>
            public int Find(string sku)
            {
                ArgumentException.ThrowIfNullOrEmpty(sku);
                _asked++;
                if (!_items.TryGetValue(sku, out int found) || sku.Length > 8)
                {
                    throw new KeyNotFoundException(sku);
                }

                return found;
            }

            public void Add(string sku, int count, bool unused) => _items[sku] = count;

            public async Task LoadAsync(CancellationToken stop)
            {
                using var file = new System.IO.StringReader("a");
                Add(await file.ReadToEndAsync(stop), 1, false);
            }
        }
        """;

    private const string Uses = """
        namespace Shop;

        public sealed class FactAttribute : Attribute;

        public sealed class Basket(IStore store, Store real)
        {
            public int Price(string sku) => real.Find(sku) + real.Find("x");
            public int Other() => store.Find("y");
        }

        public sealed class StoreTests
        {
            [Fact]
            public void Finds_what_was_added() => new Store().Find("a");

            [Fact]
            public void Finds_twice() => Check("b");

            private static void Check(string sku) => new Store().Find(sku);
        }
        """;

    [Theory]
    [InlineData("Find(string sku)\n    {", "**`Store.Find`** is a public method of `Store`. ⟨public int Find(string sku)⟩")]
    [InlineData("Find(string sku)\n    {", "Its comment is that of `IStore.Find` ⟨int Find(string sku);⟩: Finds a thing. The rest is not said here. ⟨/// <summary>Finds a thing. The rest is not said here.</summary>⟩")]
    [InlineData("Find(string sku)\n    {", "**Called by** 2 members at 3 places:")]
    [InlineData("Find(string sku)\n    {", "- `Basket.Price` (2 calls) ⟨Find(sku)⟩ ⟨Find(\"x\")⟩")]
    [InlineData("Find(string sku)\n    {", "**Called through** `IStore.Find` by 1 member, which may reach this one:")]
    [InlineData("Find(string sku)\n    {", "- `StoreTests.Finds_what_was_added` ⟨Find(\"a\")⟩")]
    [InlineData("Find(string sku)\n    {", "- `StoreTests.Finds_twice` through `Check` ⟨Check(\"b\")⟩")]
    [InlineData("Find(string sku)\n    {", "**Implements** `IStore.Find` ⟨int Find(string sku);⟩.")]
    [InlineData("Find(string sku)\n    {", "- `sku` (`string`): Passed to `ArgumentException.ThrowIfNullOrEmpty` ⟨sku⟩, `Dictionary<TKey, TValue>.TryGetValue` ⟨sku⟩ and `new KeyNotFoundException` ⟨sku⟩; `Length` read ⟨sku.Length⟩.")]
    [InlineData("Find(string sku)\n    {", "**Reads:** `Store._asked` ⟨_asked⟩, `Store._items` ⟨_items⟩.")]
    [InlineData("Find(string sku)\n    {", "**Writes:** `Store._asked` ⟨_asked⟩.")]
    [InlineData("Find(string sku)\n    {", "- `ArgumentException` if `sku` is null or empty ⟨ArgumentException.ThrowIfNullOrEmpty(sku)⟩")]
    [InlineData("Find(string sku)\n    {", "- `KeyNotFoundException` if `!_items.TryGetValue(sku, out int found) || sku.Length > 8` ⟨throw new KeyNotFoundException(sku);⟩")]
    [InlineData("Add(string sku", "- `Store.LoadAsync` ⟨Add(await file.ReadToEndAsync(stop), 1, false)⟩")]
    [InlineData("Add(string sku", "- `count` (`int`): Stored in `_items[sku]` ⟨count⟩.")]
    [InlineData("Add(string sku", "- `unused` (`bool`): The body does not use it.")]
    [InlineData("LoadAsync", "**Waiting:** Asynchronous, with 1 await ⟨await file.ReadToEndAsync(stop)⟩. Passes `stop` on ⟨stop⟩.")]
    [InlineData("LoadAsync", "**Disposal:** Disposes of `StringReader` by `using` ⟨using var file = new System.IO.StringReader(\"a\");⟩.")]
    [InlineData("LoadAsync", "**Used by** nothing in these projects. It is visible outside, so others may.")]
    [InlineData("IStore\n{", "**`IStore`** is a public interface in the namespace `Shop`. ⟨public interface IStore⟩")]
    [InlineData("IStore\n{", "**Implemented by** `Store` ⟨public sealed class Store : IStore⟩.")]
    [InlineData("Store : IStore", "**Created by** 1 member:")]
    [InlineData("_items = new", "- `Store.Add` (1 read) ⟨_items⟩")]
    public void Tells_what_the_compiler_knows(string at, string expected)
    {
        Assert.Contains(expected, Explain(Store, at).Split('\n'));
    }

    [Fact]
    public void A_selection_tells_what_comes_in_and_what_leaves()
    {
        int start = Store.IndexOf("if (!_items", StringComparison.Ordinal);
        int end = Store.IndexOf("        return found", StringComparison.Ordinal);

        string[] lines = Explain(Store, start, end).Split('\n');

        Assert.Contains("**Takes in** `sku` ⟨string sku⟩.", lines.Select(l => Regex.Replace(l, @"\. ⟨if.*", ".")));
        Assert.Contains(lines, l => l.StartsWith("- `KeyNotFoundException` if", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, l => l.Contains("ThrowIfNullOrEmpty", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Basket(IStore store)\n{\n    int X() => store.Fnd(\"a\");\n}", "CS1061", "`store` is of type `IStore` ⟨public interface IStore⟩. ⟨store⟩")]
    [InlineData("Basket(IStore store)\n{\n    int X() => store.Fnd(\"a\");\n}", "CS1061", "Similar names that exist there: `Find` ⟨int Find(string sku);⟩.")]
    [InlineData("Basket(IStore store)\n{\n    int X() => \"a\";\n}", "CS0029", "`\"a\"` is of type `string`; `int` is wanted here. ⟨\"a\"⟩")]
    [InlineData("Basket\n{\n}", "CS1061", "The compiler gives no `CS1061` in this file as it is now.")]
    public void A_diagnostic_is_told_with_what_it_is_about(string type, string id, string expected)
    {
        string source = $"namespace Shop;\npublic sealed class {type}";
        var solution = new CSharpSolution([Projects.Of(("Store.cs", Store), ("Basket.cs", source))]);

        Assert.Contains(expected, Shown(solution, new ExplainRequest("Basket.cs", source, 0, 0, id), p => p == "Store.cs" ? Store : source).Split('\n'));
    }

    [Fact]
    public void Citations_follow_text_that_moved_and_are_stale_where_it_changed()
    {
        string now = "// A line more.\n" + Store.Replace("_asked++;", "_asked += 1;", StringComparison.Ordinal);
        var solution = new CSharpSolution([Projects.Of(("Store.cs", Store), ("Uses.cs", Uses))]);
        int at = Store.IndexOf("Find(string sku)\n    {", StringComparison.Ordinal);
        var to = new AnswerWriter(path => path == "Store.cs" ? now : null);

        CSharpExplainer.Explain(new ExplainSources(solution), new ExplainRequest("Store.cs", Store, at, at), to, CancellationToken.None);
        Answer answer = to.Finish("symbol", true, Searched.Nothing);

        Assert.Equal("public int Find(string sku)", now.Substring(answer.Citations[0].Start, answer.Citations[0].Length));
        Assert.All(answer.Citations.Where(c => !c.IsStale), c => Assert.Equal(c.Hash, Citation.HashOf(now.AsSpan(c.Start, c.Length))));
        Assert.Contains(answer.Citations, c => c.IsStale);
        Assert.DoesNotContain(answer.Citations, c => c.Path == "Uses.cs");
    }

    private static string Explain(string source, string at) => source.IndexOf(at, StringComparison.Ordinal) is var offset and >= 0 ? Explain(source, offset, offset) : throw new ArgumentException(at);

    private static string Explain(string source, int start, int end) =>
        Shown(new CSharpSolution([Projects.Of(("Store.cs", Store), ("Uses.cs", Uses))]), new ExplainRequest("Store.cs", source, start, end), p => p == "Store.cs" ? Store : Uses);

    private static string Shown(CSharpSolution solution, ExplainRequest request, Func<string, string> text)
    {
        var to = new AnswerWriter(text);
        CSharpExplainer.Explain(new ExplainSources(solution), request, to, CancellationToken.None);
        Answer answer = to.Finish("symbol", true, Searched.Nothing);
        return Link().Replace(answer.Markdown, m => answer.Citations[int.Parse(m.Groups[1].ValueSpan) - 1] is var c ? $"⟨{text(c.Path).Substring(c.Start, c.Length)}⟩" : "");
    }

    [GeneratedRegex(@"\[\[(\d+)\]\]\(citation:\d+\)")]
    private static partial Regex Link();
}
