using Tritter.Core.Completion;
using Tritter.Core.Context;

namespace Tritter.Core.Tests.Context;

public sealed class ContextRankingTests
{
    private static readonly HashSet<string> _none = [];

    [Fact]
    public void Pieces_stand_by_path_and_place_whatever_their_scores()
    {
        IReadOnlyList<ContextPiece> pieces = Choose([Word("b.py", 0, "b0", 1), Word("a.py", 9, "a9", 2), Word("a.py", 0, "a0", 3)]);

        Assert.Equal([new("a.py", "a0\na9\n"), new("b.py", "b0\n")], pieces);
    }

    [Fact]
    public void What_is_surer_goes_first_when_there_is_no_room_for_all()
    {
        ContextCandidate[] all = [Word("w.py", 0, new string('w', 40), 99), Word("i.py", 0, new string('i', 40), 1) with { Source = RetrievalSources.Imports }, Word("o.cs", 0, new string('o', 40), 0) with { Source = RetrievalSources.Outlines }];

        Assert.Equal(["i.py", "o.cs"], Choose(all, max: 110).Select(p => p.Path));
        Assert.Equal(["o.cs"], Choose(all, max: 60).Select(p => p.Path));
    }

    [Fact]
    public void A_file_that_is_open_counts_for_more()
    {
        ContextCandidate[] all = [Word("closed.py", 0, new string('a', 40), 1.2), Word("open.py", 0, new string('b', 40), 1)];

        Assert.Equal(["open.py"], Choose(all, recent: new HashSet<string> { "open.py" }, max: 70).Select(p => p.Path));
        Assert.Equal(["closed.py"], Choose(all, max: 70).Select(p => p.Path));
    }

    [Fact]
    public void What_the_file_or_another_piece_says_already_is_left_out()
    {
        ContextCandidate[] all = [Word("copy.py", 0, "def f():\n    return 1\n", 3), Word("new.py", 0, "def g():\n    return 2\n", 2), Word("again.py", 0, "def g():\n    return 2\n", 1)];

        Assert.Equal(["new.py"], Choose(all, own: "def f():\n    return 1\n").Select(p => p.Path));
    }

    [Fact]
    public void The_nearest_identifiers_come_first_and_keywords_and_cut_words_do_not()
    {
        Cursor at = Cursor.At("class Far:\n    def near_by(self):\n        return item$0s.total\n");

        Assert.Equal(["items", "total", "near_by", "Far"], CursorWords.Near(at.Text, at.Prefix.Length));
        Assert.DoesNotContain("cut", CursorWords.Near("cut_here" + new string(' ', 1497) + "x", 1505));
    }

    [Theory]
    [InlineData("pkg/a.py", ".cache", "pkg/cache.py")]
    [InlineData("pkg/sub/a.py", "..cache", "pkg/cache.py")]
    [InlineData("pkg/a.py", ".", "pkg/__init__.py")]
    [InlineData("tests/a.py", "lib.deep", "src/lib/deep.py")]
    [InlineData("a.py", "os", null)]
    [InlineData("src/main.rs", "crate::config::Config", "src/config.rs")]
    [InlineData("crates/x/src/lib.rs", "crate::walk", "crates/x/src/walk/mod.rs")]
    [InlineData("src/config.rs", "super::util::join", "src/util.rs")]
    [InlineData("src/lib.rs", "self::util", "src/util.rs")]
    [InlineData("src/lib.rs", "std::fmt", null)]
    [InlineData("web/a.ts", "./b", "web/b.ts")]
    [InlineData("web/x/a.ts", "../lib", "web/lib/index.ts")]
    [InlineData("web/a.ts", "./b.js", "web/b.ts")]
    [InlineData("web/a.ts", "react", null)]
    public void Imports_lead_to_files_of_the_repository(string path, string import, string? expected)
    {
        HashSet<string> files = ["pkg/cache.py", "pkg/__init__.py", "src/lib/deep.py", "src/config.rs", "src/util.rs", "crates/x/src/walk/mod.rs", "web/b.ts", "web/lib/index.ts"];

        Assert.Equal(expected, ImportPaths.Find(path, import, files.Contains));
    }

    private static ContextCandidate Word(string path, int start, string text, double score) => new(path, start, text, score, RetrievalSources.Words);

    private static IReadOnlyList<ContextPiece> Choose(ContextCandidate[] candidates, string own = "", IReadOnlySet<string>? recent = null, int max = 1000) =>
        ContextRanking.Choose(candidates, own, recent ?? _none, max);
}
