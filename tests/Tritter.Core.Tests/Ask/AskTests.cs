using System.Text.RegularExpressions;
using Tritter.Core.Answers;
using Tritter.Core.Ask;
using Tritter.Core.Chunking;
using Tritter.Core.CSharp;
using Tritter.Core.Syntax;
using Tritter.Core.Tests.CSharp;

namespace Tritter.Core.Tests.Ask;

/// <summary>Answers over small repositories. Expected: the kind, then what is cited, the subject's own declaration left out.</summary>
public sealed class AskTests
{
    private static readonly (string Path, string Text)[] _csharp =
    [
        ("/r/Store.cs", """
            namespace Shop;

            public interface IStore { int Find(string sku); }

            /// <summary>Keeps what is for sale.</summary>
            public class Store : IStore
            {
                public const int MaxItems = 10 * 2;
                private int _count;
                public int Find(string sku) => Read(sku);
                protected virtual int Read(string sku) => _count;
                public void Add() => _count++;
                public void Clear() { _count = 0; }
            }

            public sealed class BigStore : Store { protected override int Read(string sku) => Disk.Load(sku) + MaxItems; }

            public static class Disk { public static int Load(string sku) => 3; }
            """),
        ("/r/Basket.cs", """
            namespace Shop;

            public sealed class FactAttribute : Attribute;

            public sealed class Basket(IStore store)
            {
                public int Total() => store.Find("a") + Other();
                private int Other() => new Store().Find("b");
            }

            public sealed class BasketTests
            {
                [Fact]
                public void Totals() => new Basket(new BigStore()).Total();
            }
            """),
    ];

    private static readonly (string Path, string Text)[] _python =
    [
        ("/r/shop.py", "LIMIT = 30\n\n\nclass Store:\n    \"\"\"Keeps what is for sale.\"\"\"\n\n    def find(self, sku):\n        return load(sku)\n\n\nclass BigStore(Store):\n    def find(self, sku):\n        # load nothing\n        return LIMIT\n\n\ndef load(sku):\n    return sku\n\n\ndef main():\n    run()\n\n\ndef run():\n    return load(\"a\")\n"),
        ("/r/tests/test_shop.py", "from shop import load\n\n\ndef test_load():\n    assert load(\"x\") == \"x\"\n"),
    ];

    [Theory]
    [InlineData("Where is Store.Find defined?", "definition: Store.Find Basket.Other")]
    [InlineData("Who calls Disk.Load?", "callers: BigStore.Read")]
    [InlineData("Who calls IStore.Find?", "callers: Basket.Total")]
    [InlineData("who creates Store?", "callers: Basket.Other")]
    [InlineData("Where is _count assigned?", "writes: Store.Add Store.Clear")]
    [InlineData("Where is MaxItems used?", "references: BigStore.Read")]
    [InlineData("Which classes implement IStore?", "implementers: Store BigStore")]
    [InlineData("who overrides Store.Read", "implementers: BigStore.Read")]
    [InlineData("What does Basket.Total call?", "callees: IStore.Find Basket.Other")]
    [InlineData("How does Basket.Other get to Disk.Load?", "path: Basket.Other Store.Find Store.Read BigStore.Read Disk.Load")]
    [InlineData("What breaks if I change Basket.Total?", "impact: BasketTests.Totals")]
    [InlineData("Which tests cover Basket.Total?", "tests: BasketTests.Totals")]
    public void CSharp_is_answered_by_the_compiler(string question, string expected)
    {
        Answer answer = Ask(CSharp(), question);

        Assert.True(answer.IsExact);
        Assert.Equal(expected, Cited(answer));
    }

    [Theory]
    [InlineData("Who calls load?", "callers: Store.find run test_load")]
    [InlineData("List all subclasses of Store", "implementers: BigStore")]
    [InlineData("How does main get to load?", "path: main run load")]
    [InlineData("Which tests cover load?", "tests: test_load")]
    [InlineData("What does run call?", "callees: load")]
    [InlineData("What is in shop.py?", "file: Store Store.find BigStore BigStore.find load main run")]
    public void Other_languages_are_answered_by_names(string question, string expected)
    {
        Assert.SkipWhen(TreeSitter.Missing is not null, TreeSitter.Missing ?? "");
        Assert.Equal(expected, Cited(Ask(Python(), question)));
    }

    [Fact]
    public void A_value_is_told_as_it_is_written()
    {
        Assert.StartsWith("`Store.MaxItems` is `10 * 2`.", Ask(CSharp(), "What is the value of MaxItems?").Markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_found_says_what_was_searched()
    {
        Answer answer = Ask(CSharp(), "where do flamingos sleep?");

        Assert.Equal("Nothing was found in 2 files (5 pieces), searched for `flamingos`, `sleep`.\n", answer.Markdown);
        Assert.Empty(answer.Citations);
    }

    [Fact]
    public void A_search_quotes_the_sentence_and_the_code_that_have_the_words()
    {
        Answer answer = Ask(CSharp(), "where is kept what is on sale?");

        Assert.Equal("search", answer.Kind);
        Assert.Contains("Keeps what is for sale.", answer.Markdown);
        Assert.Equal("/r/Store.cs", answer.Citations[0].Path);
    }

    private static Answer Ask(AskSources sources, string text)
    {
        Question question = Asker.Read(sources, text, null, CancellationToken.None);
        return Asker.Answer(sources, question, new AnswerWriter(path => _csharp.Concat(_python).Single(f => f.Path == path).Text), CancellationToken.None);
    }

    /// <summary>Kind and cited symbols without their namespace, each once.</summary>
    private static string Cited(Answer answer)
    {
        string[] symbols = [.. answer.Citations.Select(c => c.Symbol?.Replace("Shop.", "", StringComparison.Ordinal)).OfType<string>().Distinct()];
        bool isOwn = answer.Kind is "definition" or "path" or "file" || symbols.Length == 1;
        return $"{answer.Kind}: {string.Join(' ', (isOwn ? symbols : symbols.Skip(1)).Distinct())}";
    }

    private static AskSources CSharp()
    {
        var solution = new CSharpSolution([Projects.Of(_csharp)]);
        return new AskSources([new CSharpGraph(solution)], (words, _) => Search(_csharp, words), file => _csharp.Select(f => f.Path).FirstOrDefault(p => p.EndsWith(file, StringComparison.Ordinal)), 2, 5);
    }

    private static AskSources Python()
    {
        FileSymbols Scan((string Path, string Text) f) => SymbolScan.Of(f.Path, f.Text, CancellationToken.None);
        var definitions = _python.SelectMany(f => Scan(f).Definitions.Select(d => new NamedPlace(f.Path, d))).ToList();
        var names = new NameSources(
            name => [.. definitions.Where(d => d.Definition.Name == name || d.Definition.QualifiedName == name)],
            name => [.. _python.SelectMany(f => Scan(f).References.Where(r => r.Name == name).Select(r => (f.Path, r.Line)))],
            path => [.. definitions.Where(d => d.Path == path)],
            path => _python.Single(f => f.Path == path).Text,
            2);
        return new AskSources([new NameGraph(names)], (words, _) => Search(_python, words), file => _python.Select(f => f.Path).FirstOrDefault(p => p.EndsWith(file, StringComparison.Ordinal)), 2, 5);
    }

    private static Found[] Search((string Path, string Text)[] files, string words) =>
        [.. files.Select(f => new Found(f.Path, f.Text, 0, f.Text.Length, null, words.Split(' ').Count(w => Regex.IsMatch(f.Text, $@"\b{w}\b", RegexOptions.IgnoreCase)))).Where(f => f.Score > 0)];
}
