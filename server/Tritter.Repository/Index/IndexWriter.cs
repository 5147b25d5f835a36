using System.Globalization;
using Microsoft.Data.Sqlite;
using Tritter.Core.Chunking;
using Tritter.Core.Documents;
using Tritter.Core.Secrets;

namespace Tritter.Repository.Index;

/// <summary>Puts scanned files into an index and takes old ones out, a commit for every so many. One thread.</summary>
internal sealed class IndexWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _file, _fileId, _chunk, _words, _symbol, _names, _import, _redaction;
    private readonly SqliteCommand[] _removals;
    private SqliteTransaction _transaction;
    private int _uncommitted;

    public IndexWriter(SqliteConnection connection)
    {
        _connection = connection;
        _transaction = connection.BeginTransaction();
        _file = Prepare("INSERT INTO files(path, hash, size, language, chunks) VALUES ($0, $1, $2, $3, $4) RETURNING id", 5);
        _fileId = Prepare("SELECT id FROM files WHERE path = $0", 1);
        _chunk = Prepare("INSERT INTO chunks(file, start, length, first_line, last_line, kind, symbol, signature) VALUES ($0, $1, $2, $3, $4, $5, $6, $7) RETURNING id", 8);
        _words = Prepare("INSERT INTO words(rowid, path, symbol, body) VALUES ($0, $1, $2, $3)", 4);
        _symbol = Prepare("INSERT INTO symbols(file, name, qualified, kind, start, length, line, signature) VALUES ($0, $1, $2, $3, $4, $5, $6, $7)", 8);
        _names = Prepare("INSERT INTO names(file, lines) VALUES ($0, $1)", 2);
        _import = Prepare("INSERT INTO imports(file, name) VALUES ($0, $1)", 2);
        _redaction = Prepare("INSERT INTO redactions(file, start, length, kind) VALUES ($0, $1, $2, $3)", 4);
        string[] removals =
        [
            "DELETE FROM words WHERE rowid IN (SELECT id FROM chunks WHERE file = $0)", "DELETE FROM chunks WHERE file = $0", "DELETE FROM symbols WHERE file = $0",
            "DELETE FROM names WHERE file = $0", "DELETE FROM imports WHERE file = $0", "DELETE FROM redactions WHERE file = $0", "DELETE FROM files WHERE id = $0",
        ];
        _removals = [.. removals.Select(sql => Prepare(sql, 1))];
    }

    /// <summary>Adds a file, or replaces what there was of it.</summary>
    public void Put(ScannedFile file)
    {
        RemoveRows(file.Path);
        long id = (long)Execute(_file, file.Path, file.Source.Hash, file.Source.Size, Languages.OfPath(file.Path), file.Chunks.Count)!;
        for (int i = 0; i < file.Chunks.Count; i++)
        {
            Chunk chunk = file.Chunks[i];
            object row = Execute(_chunk, id, chunk.Start, chunk.Length, chunk.FirstLine, chunk.LastLine, (int)chunk.Kind, chunk.Symbol, chunk.Signature)!;
            Execute(_words, row, file.PathWords, file.ChunkWords[i].Symbol, file.ChunkWords[i].Body);
        }

        foreach (SymbolDefinition symbol in file.Symbols.Definitions)
        {
            Execute(_symbol, id, symbol.Name, symbol.QualifiedName, (int)symbol.Kind, symbol.Start, symbol.Length, symbol.Line, symbol.Signature);
        }

        Execute(_names, id, file.Names);
        foreach (string import in file.Symbols.Imports.Distinct(StringComparer.Ordinal))
        {
            Execute(_import, id, import);
        }

        foreach (Secret secret in file.Source.Secrets)
        {
            Execute(_redaction, id, secret.Start, secret.Length, secret.Kind);
        }

        _uncommitted++;
    }

    /// <returns>Whether it was there.</returns>
    public bool Remove(string path)
    {
        bool was = RemoveRows(path);
        _uncommitted += was ? 1 : 0;
        return was;
    }

    /// <summary>Something about the index as a whole.</summary>
    public void State(string name, long value)
    {
        using SqliteCommand command = Prepare("INSERT INTO state(name, value) VALUES ($0, $1) ON CONFLICT(name) DO UPDATE SET value = excluded.value", 2);
        Execute(command, name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Commits when at least so many files were put or removed since the last commit.</summary>
    public void Commit(int atLeast = 0)
    {
        if (_uncommitted < atLeast)
        {
            return;
        }

        _transaction.Commit();
        _transaction.Dispose();
        _transaction = _connection.BeginTransaction();
        foreach (SqliteCommand command in Commands)
        {
            command.Transaction = _transaction;
        }

        _uncommitted = 0;
    }

    /// <summary>Leaves out what is not committed.</summary>
    public void Dispose()
    {
        foreach (SqliteCommand command in Commands)
        {
            command.Dispose();
        }

        _transaction.Dispose();
    }

    private IEnumerable<SqliteCommand> Commands => [_file, _fileId, _chunk, _words, _symbol, _names, _import, _redaction, .. _removals];

    private bool RemoveRows(string path)
    {
        if (Execute(_fileId, path) is not long id)
        {
            return false;
        }

        foreach (SqliteCommand removal in _removals)
        {
            Execute(removal, id);
        }

        return true;
    }

    private SqliteCommand Prepare(string sql, int parameters)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.Transaction = _transaction;
        command.CommandText = sql;
        for (int i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        return command;
    }

    private static object? Execute(SqliteCommand command, params ReadOnlySpan<object?> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command.ExecuteScalar();
    }
}
