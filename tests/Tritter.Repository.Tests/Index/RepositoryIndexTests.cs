using Microsoft.Data.Sqlite;
using Tritter.Repository.Index;

namespace Tritter.Repository.Tests.Index;

public sealed class RepositoryIndexTests : IDisposable
{
    private readonly SourceTree _tree = new();
    private readonly List<string> _problems = [];

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _tree.Dispose();
    }

    [Fact]
    public void Chunks_are_found_by_parts_of_identifiers()
    {
        _tree.Write("a.cs", "class Client\n{\n    string GetHttpResponse() => \"\";\n}\n").Write("b.py", "def parse_tree(x):\n    return x\n");
        RepositoryIndex index = Built();

        Assert.Equal(["a.cs"], index.Search("http response", 10).Select(h => h.Chunk.Path));
        Assert.Equal(["b.py"], index.Search("ParseTree", 10).Select(h => h.Chunk.Path));
        Assert.Equal("def parse_tree(x):\n    return x\n", Assert.Single(index.Search("parse", 10)).Text);
        Assert.Empty(index.Search("nothing", 10));
        Assert.Empty(index.Search("(\"*^ OR", 10));
    }

    [Fact]
    public void The_whole_name_counts_more_than_its_parts_and_a_symbol_more_than_a_text()
    {
        _tree.Write("parts.cs", "class A { void M() { /* retry on delay, retry later */ } }").Write("whole.cs", "class B { void RetryDelay() { } }").Write("use.cs", "class C { void N() { RetryDelay(); } }");

        Assert.Equal(["whole.cs", "use.cs", "parts.cs"], Built().Search("RetryDelay", 10).Select(h => h.Chunk.Path));
    }

    [Fact]
    public void Definitions_references_symbols_and_imports_are_known_by_name()
    {
        _tree.Write("a.cs", "using System.Text;\nnamespace N;\nclass Box\n{\n    public void Add(int x) { }\n}\n").Write("b.cs", "class User\n{\n    void M(N.Box b)\n    {\n        b.Add(1);\n        b.Add(2);\n    }\n}\n");
        RepositoryIndex index = Built();

        IndexedSymbol add = Assert.Single(index.Definitions("Add"));
        Assert.Equal(("a.cs", 4, "public void Add(int x)", "N.Box.Add"), (add.Path, add.Line, add.Signature, add.QualifiedName));
        Assert.Equal(add, Assert.Single(index.Definitions("Box.Add")));
        Assert.Empty(index.Definitions("Other.Add"));
        Assert.Equal([new("b.cs", 4), new("b.cs", 5)], index.References("Add"));
        Assert.Empty(index.References("add"));
        Assert.Equal(["Box", "Add"], index.Symbols("a.cs").Select(s => s.Name));
        Assert.Equal(["System.Text"], index.Imports("a.cs"));
        Assert.Equal(["Box", "Add"], index.FindSymbols("b", 5).Concat(index.FindSymbols("dd", 5)).Select(s => s.Name).Distinct());
    }

    [Fact]
    public void A_file_that_changed_since_is_found_but_its_text_is_not_shown()
    {
        _tree.Write("a.cs", "class Old { }");
        RepositoryIndex index = Built();
        _tree.Write("a.cs", "class New { }");

        Assert.Null(Assert.Single(index.Search("old", 1)).Text);
    }

    [Fact]
    public void Only_what_changed_is_read_again_and_what_is_gone_goes()
    {
        _tree.Write("a.cs", "class A { }").Write("b.cs", "class B { }").Write("c.cs", "class C { }");
        RepositoryIndex index = Built();
        _tree.Write("b.cs", "class Changed { }").Write("d.cs", "class D { }").Delete("c.cs");

        IndexSummary summary = new Indexer(index).Build(null, CancellationToken.None);

        Assert.Equal((2, 1, 1), (summary.Indexed, summary.Removed, summary.Unchanged));
        Assert.Equal(["a.cs", "b.cs", "d.cs"], index.Files().Select(f => f.Path));
        Assert.DoesNotContain(index.Search("b", 5), h => h.Chunk.Symbol == "B");
        Assert.Single(index.Search("changed", 5));
    }

    [Fact]
    public void Files_that_were_saved_moved_or_deleted_are_brought_up_to_date_alone()
    {
        _tree.Write("a.cs", "class A { }").Write("dir/b.cs", "class B { }").Write("dir/c.cs", "class C { }").Write("dirt.cs", "class T { }");
        RepositoryIndex index = Built();
        Directory.Move(Path.Combine(_tree.Root, "dir"), Path.Combine(_tree.Root, "moved"));
        _tree.Write("a.cs", "class A2 { }");

        new Indexer(index).Update(["a.cs", "dir", "moved"], CancellationToken.None);

        Assert.Equal(["a.cs", "dirt.cs", "moved/b.cs", "moved/c.cs"], index.Files().Select(f => f.Path));
        Assert.Single(index.Definitions("A2"));
    }

    [Fact]
    public void A_new_ignore_file_takes_out_what_it_names()
    {
        _tree.Write("a.cs", "class A { }").Write("private/b.cs", "class B { }");
        RepositoryIndex index = Built();
        _tree.Write(".tritterignore", "private/\n");

        new Indexer(index).Update([".tritterignore"], CancellationToken.None);

        Assert.Empty(index.Search("b", 5));
        Assert.DoesNotContain("private/b.cs", index.Files().Select(f => f.Path));
    }

    [Fact]
    public void Secrets_are_in_no_answer_and_are_counted()
    {
        _tree.Write("a.cs", "class A { string apiKey = \"9f8e7d6c5b4a39281706\"; }").Write(".env", "NAME=sesame\n").Write("id_rsa", "sesame");
        RepositoryIndex index = Built();

        Assert.Empty(index.Search(["9f8e7d6c5b4a39281706", "sesame"], 5));
        Assert.Equal("class A { string apiKey = \"********************\"; }", Assert.Single(index.Search("apiKey", 5)).Text);
        Assert.Equal("NAME=******\n", index.Text(".env", null));
        Assert.Equal(3, index.Counts().Redactions);
    }

    [Theory]
    [InlineData("a.g.cs", "class A { }")]
    [InlineData("a.cs", "// <auto-generated />\nclass A { }")]
    [InlineData("a.js", "// @generated by x\nvar a;")]
    [InlineData("a.bin", "abc")]
    [InlineData("a.cs", "class A\0 { }")]
    public void Generated_and_binary_files_are_left_out(string path, string text)
    {
        _tree.Write(path, text).Write("seen.cs", "class A { }");

        Assert.Equal(["seen.cs"], Built().Files().Select(f => f.Path));
    }

    [Fact]
    public void Cancelling_keeps_what_was_done()
    {
        for (int i = 0; i < 200; i++)
        {
            _tree.Write($"{i:000}.cs", $"class C{i} {{ }}");
        }

        RepositoryIndex index = Opened();
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => new Indexer(index, workers: 2).Build(p => Stop(p.Done == 100), stop.Token));

        Assert.InRange(index.Counts().Files, 100, 199);
        Assert.False(index.Counts().IsComplete);
        Assert.Equal(200 - index.Counts().Files, new Indexer(index).Build(null, CancellationToken.None).Indexed);

        void Stop(bool now)
        {
            if (now)
            {
                stop.Cancel();
            }
        }
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(8192, 65536)]
    public void A_damaged_index_is_moved_aside_and_built_anew(int from, int length)
    {
        for (int i = 0; i < 100; i++)
        {
            _tree.Write($"{i}.cs", $"class C{i} {{ void Method{i}() {{ }} }}");
        }

        RepositoryIndex index = Built();
        SqliteConnection.ClearAllPools();
        using (FileStream file = File.OpenWrite(index.File))
        {
            file.Position = from;
            file.Write(Enumerable.Repeat((byte)0xA5, length).ToArray());
        }

        _tree.Write("new.cs", "class New { }");
        Assert.Empty(index.Search("new", 5));
        new Indexer(index).Build(null, CancellationToken.None);

        Assert.Equal(101, index.Counts().Files);
        Assert.Single(index.Search("new", 5));
        Assert.Contains(_problems, p => p.Contains("is damaged") && p.Contains("built anew"));
        Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(index.File)!, "damaged.db")));
    }

    [Fact]
    public void An_index_of_another_version_is_built_anew()
    {
        _tree.Write("a.cs", "class A { }");
        RepositoryIndex index = Built();
        using (var connection = new SqliteConnection($"Data Source={index.File}"))
        {
            connection.Open();
            new SqliteCommand("PRAGMA user_version = 9999; DROP TABLE symbols; CREATE TABLE other(x)", connection).ExecuteNonQuery();
        }

        Assert.Empty(index.Files());
        Assert.Equal(1, new Indexer(index).Build(null, CancellationToken.None).Indexed);
        Assert.Single(index.Definitions("A"));
        Assert.Contains(_problems, p => p.Contains("another version"));
    }

    [Fact]
    public void Readers_do_not_wait_for_a_writer()
    {
        _tree.Write("a.cs", "class A { }");
        RepositoryIndex index = Built();
        _tree.Write("b.cs", "class B { }");
        int seen = -1;

        new Indexer(index).Build(_ => seen = index.Files().Count, CancellationToken.None);

        Assert.Equal(1, seen);
        Assert.Equal(2, index.Files().Count);
    }

    [Fact]
    public void Two_that_write_take_turns()
    {
        for (int i = 0; i < 60; i++)
        {
            _tree.Write($"{i}.cs", $"class C{i} {{ }}");
        }

        RepositoryIndex[] indexes = [Opened(), Opened()];
        Parallel.ForEach(indexes, index => new Indexer(index).Build(null, CancellationToken.None));

        Assert.Equal(60, indexes[0].Counts().Files);
        Assert.Single(indexes[1].Definitions("C7"));
        Assert.Empty(_problems);
    }

    [Fact]
    public void Nothing_is_written_into_the_repository()
    {
        _tree.Write("a.cs", "class A { }");
        Built();

        Assert.Equal([Path.Combine(_tree.Root, "a.cs")], Directory.EnumerateFileSystemEntries(_tree.Root, "*", SearchOption.AllDirectories));
    }

    private RepositoryIndex Opened() => RepositoryIndex.OpenIn(_tree.Beside("index"), _tree.Root, _problems.Add);

    private RepositoryIndex Built()
    {
        RepositoryIndex index = Opened();
        new Indexer(index).Build(null, CancellationToken.None);
        return index;
    }
}
