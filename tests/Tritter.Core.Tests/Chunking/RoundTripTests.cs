using Tritter.Core.Chunking;

namespace Tritter.Core.Tests.Chunking;

/// <summary>Whatever the text, its chunks are the text: every character once, in order.</summary>
public sealed class RoundTripTests
{
    private static readonly string[] _endings = [".cs", ".py", ".rs", ".ts", ".tsx", ".js", ".md", ".txt"];

    public static TheoryData<string> SourceFiles =>
        [.. new[] { "server", "tests", "samples", "scripts", "docs", "Tritter.Inference" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Checkout.Root, folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".py" or ".rs" or ".mjs" or ".md")
            .Select(file => Path.GetRelativePath(Checkout.Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))];

    [Theory]
    [MemberData(nameof(SourceFiles))]
    public void Chunks_of_our_own_files_are_the_file(string file) => Check(file, File.ReadAllText(Path.Combine(Checkout.Root, file)));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("a\0b\n\0\0\n\nc")]
    [InlineData("def f():\r\n    return '😀'\r\n\r\nclass C:\r\n    pass")]
    [InlineData("class C { string S => \"😀😀😀\"; ")]
    [InlineData("\ud83d x \ude00")]
    [InlineData("# a\n```\n# b\n")]
    [InlineData("}}}} fn (((")]
    [InlineData("#if X\nclass A {\n#else\nclass B {\n#endif\n}")]
    public void Chunks_of_odd_texts_are_the_text(string text) => Assert.All(_endings, ending => Check("f" + ending, text));

    [Fact]
    public void Chunks_of_damaged_files_are_the_text()
    {
        var random = new Random(17);
        foreach (string file in SourceFiles.Select(row => (string)row).Where((_, i) => i % 5 == 0))
        {
            string text = File.ReadAllText(Path.Combine(Checkout.Root, file));
            for (int damage = 0; damage < 4 && text.Length > 10; damage++)
            {
                int at = random.Next(text.Length);
                text = text.Remove(at, Math.Min(random.Next(1, 60), text.Length - at));
                Check(file, text);
                Check(file, text.ReplaceLineEndings("\r\n"));
            }
        }
    }

    private static void Check(string path, string text)
    {
        foreach (int tokens in (int[])[8, 64, 256])
        {
            IReadOnlyList<Chunk> chunks = Chunker.Cut(path, text, new ChunkBudget(tokens, tokens / 4), TestContext.Current.CancellationToken);

            Assert.Equal(text, string.Concat(chunks.Select(c => c.In(text).ToString())));
            Assert.All(chunks, c => Assert.InRange(c.Length, 1, ChunkBudgetOf(tokens)));
            int offset = 0;
            foreach (Chunk chunk in chunks)
            {
                Assert.Equal(offset, chunk.Start);
                Assert.Equal(text.AsSpan(0, chunk.Start).Count('\n'), chunk.FirstLine);
                Assert.Equal(text.AsSpan(0, chunk.End - 1).Count('\n'), chunk.LastLine);
                offset = chunk.End;
            }
        }
    }

    private static int ChunkBudgetOf(int tokens) => (int)(tokens * ChunkBudget.CharactersPerToken) + 1;
}
