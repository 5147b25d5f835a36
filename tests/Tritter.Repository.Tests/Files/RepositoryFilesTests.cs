using Tritter.Repository.Files;

namespace Tritter.Repository.Tests.Files;

public sealed class RepositoryFilesTests
{
    private static readonly string[] _files = ["src/a.cs", "src/b.log", "own/secret.cs", "own/kept.cs", "node_modules/x/i.js", "packages/core/i.ts", "bin/x.cs"];

    [Fact]
    public void In_a_git_repository_git_says_what_is_ignored_and_tritterignore_what_is_beside_that()
    {
        using SourceTree tree = Tree();
        tree.Git("init", "-q");

        // bin and packages are no output where git does not say so.
        Assert.Equal([".gitignore", "bin/x.cs", "own/.tritterignore", "own/kept.cs", "packages/core/i.ts", "src/a.cs"], List(tree));
    }

    [Fact]
    public void Outside_of_git_the_ignore_files_count_and_build_output_is_left_out()
    {
        using SourceTree tree = Tree();

        Assert.Equal([".gitignore", "own/.tritterignore", "own/kept.cs", "src/a.cs"], List(tree));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Single_files_and_folders_are_judged_like_all(bool git)
    {
        using SourceTree tree = Tree();
        if (git)
        {
            tree.Git("init", "-q");
        }

        Assert.Equal(List(tree).Intersect(_files), RepositoryFiles.Among(tree.Root, [.. _files, "gone.cs"], CancellationToken.None).Order(StringComparer.Ordinal));
        Assert.Equal(["own/.tritterignore", "own/kept.cs"], RepositoryFiles.Among(tree.Root, ["own"], CancellationToken.None).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Links_are_not_followed(bool git)
    {
        using SourceTree tree = new SourceTree().Write("a.cs", "");
        Directory.CreateDirectory(tree.Beside("outside"));
        File.WriteAllText(Path.Combine(tree.Beside("outside"), "b.cs"), "");
        Directory.CreateSymbolicLink(Path.Combine(tree.Root, "folder"), tree.Beside("outside"));
        File.CreateSymbolicLink(Path.Combine(tree.Root, "b.cs"), Path.Combine(tree.Beside("outside"), "b.cs"));
        if (git)
        {
            tree.Git("init", "-q");
        }

        Assert.Equal(["a.cs"], List(tree));
        Assert.Equal(["a.cs"], RepositoryFiles.Among(tree.Root, ["a.cs", "b.cs", "folder/b.cs", "folder"], CancellationToken.None));
    }

    private static SourceTree Tree()
    {
        var tree = new SourceTree();
        Array.ForEach(_files, file => tree.Write(file, "x"));
        return tree.Write(".gitignore", "*.log\n").Write("own/.tritterignore", "*\n!kept.cs\n!.tritterignore\n");
    }

    private static IEnumerable<string> List(SourceTree tree) =>
        RepositoryFiles.List(tree.Root, CancellationToken.None).Select(f => Path.GetRelativePath(tree.Root, f).Replace('\\', '/'));
}
