using System.Text;
using Tritter.Core.Answers;
using Tritter.Core.Documents;
using Tritter.Core.Phrasing;

namespace Tritter.Core.Tests.Phrasing;

/// <summary>What a model is told, and what of its words is shown.</summary>
public sealed class PhrasingTests
{
    private const string Store = "class Store\n{\n    int Count(string sku) => sku.Length;\n    string password = \"hunter2hunter2x7\";\n}\n";

    private static readonly PhrasingMaterial _material = new("[1] Store.cs:1\nclass Store { int Count(string sku) => sku.Length; }\nis_empty", 1, new HashSet<int> { 1, 2 });

    [Theory]
    [InlineData("It counts letters [1].", "It counts letters [[1]](citation:1).")]
    [InlineData("Two places [1, 2] and none [7].", "Two places [[1]](citation:1)[[2]](citation:2) and none.")]
    [InlineData("As links are: [[2]](citation:2), [[9]](citation:9).", "As links are: [[2]](citation:2),.")]
    [InlineData("An index in `sku[1]` is code.", "An index in `sku[1]` is code.")]
    [InlineData("Read [this](https://example.org) and ![that](x).", "Read [this] (https://example.org) and [that] (x).")]
    [InlineData("`Count` takes `sku`. `Count` calls `Measure`. It ends.", "`Count` takes `sku`. It ends.")]
    [InlineData("It calls LoadItem first. Then is_empty is asked. Then load() runs.", "Then is_empty is asked. ")]
    [InlineData("`null` and `await` are words of languages.", "`null` and `await` are words of languages.")]
    [InlineData("Same. Same. Other. Same.", "Same. Other. ")]
    [InlineData("Code:\n```\nstore.Count(sku)\n```\n", "Code:\n")]
    [InlineData("Code:\n```\nStore.Count(sku)\n```\nEnd.", "Code:\n```\nStore.Count(sku)\n```\nEnd.")]
    [InlineData("A. B e.g. c, v. 1.2 [1]. D?", "A. B e.g. c, v. 1.2 [[1]](citation:1). D?")]
    public void Sentences_are_shown_whole_with_citations_or_not_at_all(string said, string expected)
    {
        foreach (int size in new[] { 1, 3, said.Length })
        {
            var shown = new StringBuilder();
            var checks = new CheckedSentences(_material, text => shown.Append(text));
            foreach (char[] piece in said.Chunk(size))
            {
                checks.Append(new string(piece));
            }

            checks.Finish();
            Assert.Equal(expected, shown.ToString());
        }
    }

    [Fact]
    public void Who_only_repeats_is_stopped()
    {
        var checks = new CheckedSentences(_material, _ => { });
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => checks.Append("Again and again.\n")));
    }

    [Fact]
    public void A_model_is_told_of_neither_secrets_nor_hidden_files()
    {
        Answer found = new(
            "`Store.Count` is called by\n\n- `Basket` [[1]](citation:1)\n- `Hidden` [[2]](citation:2)\n\n```csharp\nhidden code\n```\n", "callers", true,
            [Cited(1, "/r/Store.cs", 0, 11), Cited(2, "/r/Hidden.cs", 0, 5), Cited(3, "/r/Store.cs", 0, 11, isStale: true)], Searched.Nothing);

        PhrasingMaterial material = PhrasingMaterial.Of("who?", ["before?"], found, _ => Store, path => path.Contains("Hidden", StringComparison.Ordinal) ? null : path[3..], 10_000);

        Assert.Equal(
            "Asked before: before?\n\nQuestion: who?\n\nFindings:\n`Store.Count` is called by\n\n- `Basket` [1]\n\nExcerpts:\n[1] Store.cs:1\n"
            + Store.Replace("hunter2hunter2x7", "****************", StringComparison.Ordinal) + "\n",
            material.Text);
        Assert.Equal([1, 3], material.Citations.Order());
    }

    [Fact]
    public void The_material_stays_within_its_budget()
    {
        string text = string.Concat(Enumerable.Range(0, 500).Select(i => $"line number {i} of the file\n"));
        Answer found = new(string.Concat(Enumerable.Range(0, 400).Select(i => $"- finding number {i}\n")), "search", false, [.. Enumerable.Range(1, 9).Select(i => Cited(i, "/r/a.cs", i * 50, 60))], Searched.Nothing);

        Assert.InRange(PhrasingMaterial.Of("q", [], found, _ => text, path => path, 3000).Text.Length, 1000, 3100);
    }

    [Theory]
    [InlineData("team:8000", null, true, "**In other words**, by big at `team:8000`, to which your question, the findings above and 1 excerpt of code are sent:\n\nIt counts. \n", "big", "team:8000")]
    [InlineData(null, null, true, "**In other words**, by big on this machine:\n\nIt counts. \n", "big", null)]
    [InlineData("team:8000", false, false, "No words came: why not. Nothing was sent. What stands above does not depend on it.\n", null, null)]
    [InlineData("team:8000", true, true, "It counts. \n\nIt broke off: why not. What stands above does not depend on it.\n", "big", "team:8000")]
    public async Task An_answer_says_whose_words_are_in_it_and_what_was_sent(string? host, bool? failsSent, bool speaks, string end, string? model, string? remote)
    {
        Answer found = new("Found [[1]](citation:1).\n", "callers", true, [Cited(1, "/r/a.cs", 0, 1)], Searched.Nothing);
        var streamed = new StringBuilder(found.Markdown);

        Answer answer = await PhrasedAnswer.AddAsync(new Scripted(host, speaks, failsSent), found, _material, text => streamed.Append(text), TestContext.Current.CancellationToken);

        Assert.EndsWith(end, answer.Markdown, StringComparison.Ordinal);
        Assert.StartsWith(found.Markdown, answer.Markdown, StringComparison.Ordinal);
        Assert.Equal((model, remote, answer.Markdown), (answer.Model, answer.Remote, streamed.ToString()));
    }

    private static Citation Cited(int id, string path, int start, int length, bool isStale = false) =>
        new(id, path, start, length, new LinePosition(start / 50, 0), new LinePosition(start / 50, length), null, "", isStale);

    /// <param name="failsSent">Null to succeed.</param>
    private sealed class Scripted(string? host, bool speaks, bool? failsSent) : IPhraser
    {
        public string Model => "big";

        public string? Host => host;

        public int MaxCharacters => 1000;

        public Task WriteAsync(string instructions, string material, Func<string, bool> onText, CancellationToken cancellationToken)
        {
            _ = speaks && onText("It counts. ");
            return failsSent is { } sent ? throw new PhrasingFailure("why\nnot", sent) : Task.CompletedTask;
        }
    }
}
