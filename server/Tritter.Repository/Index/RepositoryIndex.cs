using System.Globalization;
using Microsoft.Data.Sqlite;
using Tritter.Core.Chunking;
using Tritter.Core.Context;
using Tritter.Core.Secrets;

namespace Tritter.Repository.Index;

/// <summary>
/// What is known of a repository's files: chunks by words, definitions and uses by name, imports. Every query sees the last commit and waits for no
/// writer; where nothing was indexed yet it finds nothing. <see cref="Indexer"/> fills it. Immutable and thread-safe.
/// </summary>
public sealed class RepositoryIndex
{
    // A word in a chunk's symbol says more about it than one in its text.
    private const string Rank = "bm25(words, 2.0, 4.0, 1.0)";
    private const string ChunkColumns = "f.path, f.hash, c.start, c.length, c.first_line, c.last_line, c.kind, c.symbol, c.signature";
    private const string SymbolColumns = "f.path, f.hash, s.name, s.qualified, s.kind, s.start, s.length, s.line, s.signature";

    private RepositoryIndex(string root, IndexDatabase database) => (Root, Database) = (root, database);

    /// <summary>Full path of the repository.</summary>
    public string Root { get; }

    /// <summary>The file that holds the index, below <see cref="CacheFolder.Path"/>; there may be none yet.</summary>
    public string File => Database.File;

    internal IndexDatabase Database { get; }

    /// <summary>The index of the repository in a folder. Reads nothing yet.</summary>
    /// <param name="problem">Told in one line what is wrong with the index and what was done about it.</param>
    public static RepositoryIndex Open(string root, Action<string>? problem = null)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        string real = new DirectoryInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        return OpenIn(CacheFolder.ForRepository(real), real, problem);
    }

    /// <summary>The index of the nearest folder above a file that has one; null where none has.</summary>
    /// <param name="path">Full path.</param>
    public static RepositoryIndex? Above(string path, Action<string>? problem = null)
    {
        for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(folder) && Open(folder, problem) is var index && System.IO.File.Exists(index.File))
            {
                return index;
            }
        }

        return null;
    }

    /// <summary>As <see cref="Open"/>, kept in <paramref name="folder"/>: for indexes that are thrown away.</summary>
    public static RepositoryIndex OpenIn(string folder, string root, Action<string>? problem = null) =>
        new(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)), new IndexDatabase(folder, problem ?? (_ => { })));

    /// <summary>Removes the index.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="OperationCanceledException"/>
    public bool Clear(CancellationToken cancellationToken) => Database.Clear(cancellationToken);

    public IndexCounts Counts() => Database.Read(
        connection =>
        {
            int Count(string sql) => Convert.ToInt32(Scalar(connection, sql), CultureInfo.InvariantCulture);
            return new IndexCounts(
                Count("SELECT count(*) FROM files"),
                Count("SELECT coalesce(sum(chunks), 0) FROM files"),
                Count("SELECT count(*) FROM symbols"),
                Count("SELECT (SELECT count(*) FROM redactions) + coalesce((SELECT value FROM state WHERE name = 'keys'), 0)"),
                Count("SELECT coalesce((SELECT value FROM state WHERE name = 'complete'), 0)") > 0);
        },
        IndexCounts.None);

    /// <summary>All files, by path.</summary>
    public IReadOnlyList<IndexedFile> Files() => Query(
        "SELECT path, hash, size, language FROM files ORDER BY path", r => new IndexedFile(r.GetString(0), Hash(r, 1), r.GetInt64(2), r.GetString(3)));

    /// <summary>The chunks that have any of the words, best first.</summary>
    /// <param name="words">Text or code: identifiers count whole and by their parts.</param>
    /// <param name="limit">Most hits.</param>
    /// <param name="isWanted">Which files to look at, by path; null for all.</param>
    public IReadOnlyList<SearchHit> Search(string words, int limit, Func<string, bool>? isWanted = null) => Search(IdentifierWords.Of(words), limit, isWanted);

    /// <inheritdoc cref="Search(string, int, Func{string, bool}?)"/>
    /// <param name="words">From <see cref="IdentifierWords"/>.</param>
    public IReadOnlyList<SearchHit> Search(IReadOnlyList<string> words, int limit, Func<string, bool>? isWanted = null)
    {
        if (words.Count == 0 || limit <= 0)
        {
            return [];
        }

        string match = string.Join(" OR ", words.Select(w => $"\"{w}\""));
        // Wanted files are told apart behind the ranking, so that ranking alone decides how many are looked at.
        int looked = isWanted is null ? limit : limit * 4;
        var found = Query(
            $"SELECT {ChunkColumns}, w.score FROM (SELECT rowid, {Rank} AS score FROM words WHERE words MATCH $0 ORDER BY score LIMIT $1) w JOIN chunks c ON c.id = w.rowid JOIN files f ON f.id = c.file ORDER BY w.score, f.path, c.start",
            r => (Chunk: Chunk(r), Score: -r.GetDouble(9)), match, looked);
        var texts = new Dictionary<string, SourceText?>(StringComparer.Ordinal);
        return [.. found.Where(f => isWanted is null || isWanted(f.Chunk.Path)).Take(limit).Select(f => new SearchHit(f.Chunk, f.Score, Text(f.Chunk, texts)))];
    }

    /// <summary>The definitions of a name, exactly as spelled, by path.</summary>
    /// <param name="name">"Add", or qualified: "Box.Add".</param>
    public IReadOnlyList<IndexedSymbol> Definitions(string name, int limit = 100)
    {
        string simple = name[(name.LastIndexOf('.') + 1)..];
        return Query(
            $"SELECT {SymbolColumns} FROM symbols s JOIN files f ON f.id = s.file WHERE s.name = $0 AND (s.qualified = $1 OR s.qualified LIKE $2 ESCAPE '\\') ORDER BY f.path, s.start LIMIT $3",
            Symbol, simple, name, "%." + Escaped(name), limit);
    }

    /// <summary>Definitions whose names resemble what somebody typed: the name itself first, then such that begin with it, then such that contain it.</summary>
    public IReadOnlyList<IndexedSymbol> FindSymbols(string text, int limit) => text.Length == 0 ? [] : Query(
        $"""
        SELECT {SymbolColumns} FROM symbols s JOIN files f ON f.id = s.file WHERE s.name LIKE $1 ESCAPE '\' OR s.qualified LIKE $1 ESCAPE '\'
        ORDER BY CASE WHEN s.name = $0 THEN 0 WHEN s.name LIKE $2 ESCAPE '\' THEN 1 WHEN s.name LIKE $3 ESCAPE '\' THEN 2 WHEN s.name LIKE $1 ESCAPE '\' THEN 3 ELSE 4 END,
            length(s.name), f.path, s.start LIMIT $4
        """,
        Symbol, text, $"%{Escaped(text)}%", Escaped(text), Escaped(text) + "%", limit);

    /// <summary>The definitions in a file, in the order of its text.</summary>
    public IReadOnlyList<IndexedSymbol> Symbols(string path) =>
        Query($"SELECT {SymbolColumns} FROM symbols s JOIN files f ON f.id = s.file WHERE f.path = $0 ORDER BY s.start", Symbol, path);

    /// <summary>The chunks of a file, in the order of its text.</summary>
    public IReadOnlyList<IndexedChunk> Chunks(string path) =>
        Query($"SELECT {ChunkColumns} FROM chunks c JOIN files f ON f.id = c.file WHERE f.path = $0 ORDER BY c.start", Chunk, path);

    /// <summary>What a file imports, as written.</summary>
    public IReadOnlyList<string> Imports(string path) =>
        Query("SELECT i.name FROM imports i JOIN files f ON f.id = i.file WHERE f.path = $0 ORDER BY i.rowid", r => r.GetString(0), path);

    /// <summary>Lines of code that use a name, by path and line.</summary>
    public IReadOnlyList<IndexedReference> References(string name, int limit = 200)
    {
        // The words say which files may; the files' own lists say where.
        var candidates = IdentifierWords.Whole(name) is { Length: > 0 } whole && whole.All(char.IsLetterOrDigit)
            ? Query(
                "SELECT f.path, n.lines FROM files f JOIN names n ON n.file = f.id WHERE f.id IN (SELECT c.file FROM words w JOIN chunks c ON c.id = w.rowid WHERE words MATCH $0) ORDER BY f.path",
                r => (Path: r.GetString(0), Lines: (byte[])r.GetValue(1)), $"body : \"{whole}\"")
            : [];
        return [.. candidates.SelectMany(c => NameLines.Find(c.Lines, name).Select(line => new IndexedReference(c.Path, line))).Take(limit)];
    }

    /// <summary>A chunk's text as it stands on disk, secrets blanked out; null when the file is not any more what was indexed.</summary>
    public string? Text(IndexedChunk chunk) => Text(chunk, []);

    /// <summary>A file's text as it stands on disk, secrets blanked out; null when there is none or the index would not have it.</summary>
    /// <param name="hash">What it must have been when it was indexed; null for whatever is there now.</param>
    public string? Text(string path, string? hash) =>
        SourceText.Read(Root, path) is { } source && (hash is null || Convert.ToHexStringLower(source.Hash) == hash) ? source.Text : null;

    /// <summary>Whether a file of this path and text may be shown to a model beside others: it is not left out by its name, its form or as generated. Ignore files are asked when files are listed.</summary>
    public static bool MayBeShown(string path, string text) => !SourceText.IsLeftOut(path) && text.Length <= SourceText.MaxBytes && !GeneratedCode.Is(text);

    private string? Text(IndexedChunk chunk, Dictionary<string, SourceText?> read)
    {
        if (!read.TryGetValue(chunk.Path, out SourceText? source))
        {
            read[chunk.Path] = source = SourceText.Read(Root, chunk.Path);
        }

        return source is not null && Convert.ToHexStringLower(source.Hash) == chunk.Hash ? source.Text.Substring(chunk.Start, chunk.Length) : null;
    }

    private IReadOnlyList<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params object[] values) => Database.Read<IReadOnlyList<T>>(
        connection =>
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters.AddWithValue($"${i}", values[i]);
            }

            var rows = new List<T>();
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add(row(reader));
            }

            return rows;
        },
        []);

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private static IndexedChunk Chunk(SqliteDataReader r) => new(
        r.GetString(0), Hash(r, 1), r.GetInt32(2), r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), (ChunkKind)r.GetInt32(6), Nullable(r, 7), Nullable(r, 8));

    private static IndexedSymbol Symbol(SqliteDataReader r) => new(
        r.GetString(0), Hash(r, 1), r.GetString(2), r.GetString(3), (ChunkKind)r.GetInt32(4), r.GetInt32(5), r.GetInt32(6), r.GetInt32(7), r.GetString(8));

    private static string? Nullable(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static string Hash(SqliteDataReader reader, int column) => Convert.ToHexStringLower((byte[])reader.GetValue(column));

    private static string Escaped(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
}
