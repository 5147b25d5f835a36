using Tritter.Core.Chunking;
using Tritter.Inference.Tokenizer;

namespace Tritter.Core.Tests.Chunking;

public sealed class ChunkerTests
{
    // "|" stands where one chunk ends and the next begins.
    [Theory]
    [InlineData("a.cs", 12, "using System;\nusing X;\n|\nnamespace N;\n\nclass A\n{\n|    int Longer() => 1234567;\n|    int Another() => 123456;\n}\n")]
    [InlineData("a.cs", 14, "class A\n{\n|    void M()\n    {\n|        FirstStatement(one, two);\n|        SecondStatement(three);\n    }\n}\n")]
    [InlineData("a.cs", 100, "class A { int a; }\nclass B { int b; }\n")]
    [InlineData("a.md", 10, "# One\n\nText of one.\n|## Two\n\nText of two, it is.\n")]
    [InlineData("a.txt", 8, "one\n  two three four\n\n|five\n six seven eight\n")]
    public void Cuts_where_the_syntax_does(string path, int tokens, string marked)
    {
        string text = marked.Replace("|", "", StringComparison.Ordinal);

        IReadOnlyList<Chunk> chunks = Cut(path, text, new ChunkBudget(tokens, tokens / 4));

        Assert.Equal(marked, string.Join('|', chunks.Select(c => c.In(text).ToString())));
    }

    [Fact]
    public void Chunks_of_CSharp_tell_symbol_signature_and_doc()
    {
        const string Text = """
            namespace N.M;

            /// <summary>Holds things.</summary>
            [Obsolete]
            public sealed class Box<T> : IThing
            {
                public int Count { get; private set; }

                /// <summary>Adds one.</summary>
                public void Add(T item,
                    int times = 1)
                {
                    Count += times;
                }
            }
            """;

        IReadOnlyList<Chunk> chunks = Cut("a.cs", Text, new ChunkBudget(60, 1));

        Assert.Equal([ChunkKind.TypeHeader, ChunkKind.Member, ChunkKind.Member], chunks.Select(c => c.Kind));
        Assert.Equal(["N.M.Box", "N.M.Box.Count", "N.M.Box.Add"], chunks.Select(c => c.Symbol));
        Assert.Equal("public sealed class Box<T> : IThing { public int Count { get; private set; }; public void Add(T item, int times = 1) }", chunks[0].Signature);
        Assert.Equal("public void Add(T item, int times = 1)", chunks[2].Signature);
        Assert.Equal("<summary>Adds one.</summary>", chunks[2].Doc);
    }

    [Fact]
    public void Sections_are_named_by_the_headings_above_them()
    {
        IReadOnlyList<Chunk> chunks = Cut("a.md", "# A\n\nlong text of A\n## B\n```\n# no heading\n```\n# C\n\nlong text of C\n", new ChunkBudget(10, 1));

        Assert.Equal(["A", "A > B", "C"], chunks.Select(c => c.Symbol));
    }

    [Fact]
    public void The_estimate_of_tokens_is_near_the_real_tokenizer()
    {
        TritterTokenizer tokenizer = TritterTokenizer.Load(Path.Combine(Checkout.EmbeddedModel, "tokenizer.json"));
        foreach (string file in (string[])["server/Tritter.Core/Completion/CodeScanner.cs", "samples/python/lru_cache.py", "samples/rust/config.rs"])
        {
            string text = File.ReadAllText(Path.Combine(Checkout.Root, file));
            double real = tokenizer.Encode(text).Count;

            Assert.InRange(ChunkBudget.Tokens(text.Length) / real, 0.85, 1.4);
        }
    }

    [Fact]
    public void A_cancelled_cut_ends() =>
        Assert.Throws<OperationCanceledException>(() => Chunker.Cut("a.cs", "class A { }", ChunkBudget.Default, new CancellationToken(canceled: true)));

    private static IReadOnlyList<Chunk> Cut(string path, string text, ChunkBudget budget) => Chunker.Cut(path, text, budget, TestContext.Current.CancellationToken);
}
