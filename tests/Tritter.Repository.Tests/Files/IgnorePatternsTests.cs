using Tritter.Repository.Files;

namespace Tritter.Repository.Tests.Files;

public sealed class IgnorePatternsTests
{
    /// <summary>Patterns, one a line after another with '|' between, and a file. Whether it is ignored is what git says.</summary>
    [Theory]
    [InlineData("*.log", "a/b.log")]
    [InlineData("/a.log", "x/a.log")]
    [InlineData("foo/", "foo/bar.txt")]
    [InlineData("foo/", "x/foo/bar.txt")]
    [InlineData("foo/", "x/foo")]
    [InlineData("foo/*|!foo/keep", "foo/keep")]
    [InlineData("foo/|!foo/keep", "foo/keep")]
    [InlineData("/*|!/src/", "src/a.c")]
    [InlineData("/*|!/src/|/src/*|!/src/k", "src/k")]
    [InlineData("/*|!/src/|/src/*|!/src/k", "src/l")]
    [InlineData("a/**/b", "a/b")]
    [InlineData("a/**/b", "a/x/y/b")]
    [InlineData("**/b/c", "b/c")]
    [InlineData("**/b", "x/y/b")]
    [InlineData("abc/**", "abc/x/y")]
    [InlineData("abc/**", "abc")]
    [InlineData("foo**bar", "fooxbar")]
    [InlineData("foo**bar", "foo/x/bar")]
    [InlineData("doc/*.txt", "doc/x/a.txt")]
    [InlineData("doc/*.txt", "z/doc/a.txt")]
    [InlineData(@"\#x", "#x")]
    [InlineData(@"\!x", "!x")]
    [InlineData(@"a\ ", "a ")]
    [InlineData("a  ", "a")]
    [InlineData("#a", "a")]
    [InlineData("[a-c].txt", "b.txt")]
    [InlineData("[!a-c].txt", "d.txt")]
    [InlineData("[^a-c].txt", "b.txt")]
    [InlineData("[]-]x", "]x")]
    [InlineData("[[:digit:]]x", "1x")]
    [InlineData("[a", "[a")]
    [InlineData("?.txt", "ab.txt")]
    [InlineData("*.log|!keep.log|keep.log", "keep.log")]
    [InlineData("*.log|!keep.log", "a/keep.log")]
    [InlineData("a/b", "x/a/b")]
    [InlineData("a/b", "a/b/c")]
    [InlineData("*", "anything/x")]
    [InlineData("*|!*/|!*.c", "deep/er/x.c")]
    [InlineData("build", "build/a/b")]
    [InlineData(".*", ".env")]
    [InlineData("!a", "a")]
    [InlineData("/", "a")]
    [InlineData("a.b", "axb")]
    [InlineData("x+(y)", "x+(y)")]
    public void Says_what_git_says(string patterns, string file)
    {
        using SourceTree tree = new SourceTree().Write(".gitignore", patterns.Replace('|', '\n')).Write(file, "");
        tree.Git("init", "-q");

        bool ignoredByGit = tree.Git("check-ignore", "-q", "--", file).Code == 0;

        Assert.Equal(ignoredByGit, new IgnoreFiles(tree.Root, ".gitignore").Ignores(file));
    }

    [Fact]
    public void A_file_nearer_to_the_path_goes_before_one_farther_up()
    {
        using SourceTree tree = new SourceTree()
            .Write(".gitignore", "*.txt\n").Write("a/.gitignore", "!keep.txt\n/own.c\n").Write("a/b/.gitignore", "keep.txt\n")
            .Write("a/keep.txt", "").Write("a/other.txt", "").Write("a/b/keep.txt", "").Write("a/own.c", "").Write("a/b/own.c", "");
        tree.Git("init", "-q");
        string[] files = ["a/keep.txt", "a/other.txt", "a/b/keep.txt", "a/own.c", "a/b/own.c"];

        var ignore = new IgnoreFiles(tree.Root, ".gitignore");

        Assert.Equal(files.Where(f => tree.Git("check-ignore", "-q", "--", f).Code == 0), files.Where(ignore.Ignores));
        Assert.Equal(["a/other.txt", "a/b/keep.txt", "a/own.c"], files.Where(ignore.Ignores));
    }
}
