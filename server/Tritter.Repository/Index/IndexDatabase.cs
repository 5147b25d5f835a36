using Microsoft.Data.Sqlite;

namespace Tritter.Repository.Index;

/// <summary>
/// The file that holds an index, in SQLite's write-ahead mode: readers see the last commit and never wait for the writer, and whatever was
/// committed outlives the process. Every call opens a connection from the pool. Thread-safe.
/// </summary>
internal sealed class IndexDatabase
{
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    // How the system says that another process holds a file.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMacOS = 35;

    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(20);

    private readonly Action<string> _problem;
    private readonly string _connection;
    private int _warned;

    /// <param name="folder">Belongs to this index alone; created when something is written.</param>
    /// <param name="problem">Told in one line what went wrong and what was done about it.</param>
    public IndexDatabase(string folder, Action<string> problem)
    {
        Folder = folder;
        File = Path.Combine(folder, "index.db");
        _problem = problem;
        _connection = new SqliteConnectionStringBuilder { DataSource = File, Mode = SqliteOpenMode.ReadWriteCreate, DefaultTimeout = 30 }.ToString();
    }

    public string Folder { get; }

    public string File { get; }

    /// <summary>Asks something, on a snapshot of its own.</summary>
    /// <returns><paramref name="none"/> when there is no index, it is of another version, or it is damaged: the next writer sees to that.</returns>
    public T Read<T>(Func<SqliteConnection, T> query, T none)
    {
        if (!System.IO.File.Exists(File))
        {
            return none;
        }

        try
        {
            using var connection = new SqliteConnection(_connection);
            connection.Open();
            // Several statements of one query see the same commit.
            using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
            return Version(connection) == IndexSchema.Version ? query(connection) : none;
        }
        catch (SqliteException e)
        {
            if (Interlocked.Exchange(ref _warned, 1) == 0)
            {
                _problem($"the index {File} cannot be read and is left out: {e.Message}");
            }

            return none;
        }
    }

    /// <summary>
    /// Writes to the index, which is made when it is not there, is of another version or is damaged. One process writes at a time; others wait.
    /// </summary>
    /// <param name="write">What it has committed stays, whatever happens to it afterwards. Called again with an empty index when the first one is damaged.</param>
    /// <exception cref="OperationCanceledException"/>
    /// <exception cref="IOException">The index cannot be written: no space, no permission.</exception>
    /// <exception cref="UnauthorizedAccessException"/>
    public T Write<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Folder);
        using FileStream turn = WaitForTurn(cancellationToken);
        try
        {
            return WriteOnce(write);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            MoveAside(e.Message);
            return WriteOnce(write);
        }
        catch (SqliteException e)
        {
            throw new IOException($"the index {File} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Removes the index.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Clear(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Folder))
        {
            return false;
        }

        using (WaitForTurn(cancellationToken))
        {
            SqliteConnection.ClearPool(new SqliteConnection(_connection));
            foreach (string file in Directory.EnumerateFiles(Folder, "index.db*"))
            {
                System.IO.File.Delete(file);
            }
        }

        Directory.Delete(Folder, recursive: true);
        return true;
    }

    private T WriteOnce<T>(Func<SqliteConnection, T> write)
    {
        using var connection = new SqliteConnection(_connection);
        connection.Open();
        Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;");
        long version = Version(connection);
        if (version != IndexSchema.Version)
        {
            Rebuild(connection, isNew: version == 0);
        }

        T result = write(connection);
        _warned = 0;
        return result;
    }

    private void Rebuild(SqliteConnection connection, bool isNew)
    {
        if (!isNew)
        {
            _problem($"the index {File} was made by another version of Tritter and is built anew");
        }

        using SqliteTransaction transaction = connection.BeginTransaction();
        using (SqliteCommand tables = connection.CreateCommand())
        {
            tables.CommandText = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'words_%'";
            var names = new List<string>();
            using (SqliteDataReader reader = tables.ExecuteReader())
            {
                while (reader.Read())
                {
                    names.Add(reader.GetString(0));
                }
            }

            names.ForEach(name => Run(connection, $"DROP TABLE \"{name}\""));
        }

        Run(connection, IndexSchema.Create);
        Run(connection, $"PRAGMA user_version = {IndexSchema.Version}");
        transaction.Commit();
    }

    private void MoveAside(string reason)
    {
        SqliteConnection.ClearPool(new SqliteConnection(_connection));
        string aside = Path.Combine(Folder, "damaged.db");
        System.IO.File.Move(File, aside, overwrite: true);
        System.IO.File.Delete(File + "-wal");
        System.IO.File.Delete(File + "-shm");
        _problem($"the index {File} is damaged ({reason}); it was moved to {aside} and is built anew");
    }

    /// <summary>The system gives the lock back when its process ends, however it ends.</summary>
    private FileStream WaitForTurn(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "writing"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult is SharingViolation or WouldBlockOnLinux or WouldBlockOnMacOS)
            {
                cancellationToken.ThrowIfCancellationRequested();
                cancellationToken.WaitHandle.WaitOne(_patience);
            }
        }
    }

    private static long Version(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        return (long)command.ExecuteScalar()!;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
