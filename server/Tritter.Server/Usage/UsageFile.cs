using System.Globalization;
using Microsoft.Data.Sqlite;
using Tritter.Server.Completions;

namespace Tritter.Server.Usage;

/// <summary>What became of the suggestions of one day in one language.</summary>
/// <param name="Day">As the user's clock said.</param>
/// <param name="Language">The editor's id, such as <c>csharp</c>.</param>
internal sealed record UsageCount(DateOnly Day, string Language, OfferEvent What, int Count);

/// <summary>
/// Counts of what became of suggestions, by day and language, in a SQLite database that nobody but its user reads. Several processes may share it.
/// Every method throws <see cref="SqliteException"/>, <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> where the file cannot be used.
/// </summary>
/// <param name="path">Made, with its folder, by the first write.</param>
internal sealed class UsageFile(string path)
{
    private const int NotADatabase = 26;
    private const int Damaged = 11;

    /// <summary>Seconds to wait for another process.</summary>
    private const int Patience = 2;

    public string Path => path;

    public static UsageFile In(string cacheFolder) => new(System.IO.Path.Combine(cacheFolder, "usage.sqlite"));

    /// <summary>Adds to the counts. A file that is damaged is moved aside first.</summary>
    /// <returns>Where a damaged file was moved; null for none.</returns>
    public string? Add(IReadOnlyCollection<UsageCount> counts)
    {
        try
        {
            Write(counts);
            return null;
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Damaged)
        {
            string aside = path + ".damaged";
            File.Move(path, aside, overwrite: true);
            Write(counts);
            return aside;
        }
    }

    /// <summary>All counts, the oldest day first; none where there is no file.</summary>
    public IReadOnlyList<UsageCount> Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using SqliteConnection connection = Open(SqliteOpenMode.ReadOnly);
        using SqliteCommand command = Command(connection, "SELECT day, language, event, count FROM usage ORDER BY day, language, event");
        using SqliteDataReader rows = command.ExecuteReader();
        var counts = new List<UsageCount>();
        while (rows.Read())
        {
            // A newer version may count more.
            if (Enum.TryParse(rows.GetString(2), out OfferEvent what) && DateOnly.TryParseExact(rows.GetString(0), "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day))
            {
                counts.Add(new UsageCount(day, rows.GetString(1), what, rows.GetInt32(3)));
            }
        }

        return counts;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        if (File.Exists(path))
        {
            using SqliteConnection connection = Open(SqliteOpenMode.ReadWrite);
            using SqliteCommand command = Command(connection, "DELETE FROM usage");
            command.ExecuteNonQuery();
        }
    }

    private void Write(IReadOnlyCollection<UsageCount> counts)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        using SqliteConnection connection = Open(SqliteOpenMode.ReadWriteCreate);
        using (SqliteCommand create = Command(connection, "CREATE TABLE IF NOT EXISTS usage (day TEXT, language TEXT, event TEXT, count INTEGER, PRIMARY KEY (day, language, event))"))
        {
            create.ExecuteNonQuery();
        }

        using SqliteTransaction transaction = connection.BeginTransaction();
        foreach (UsageCount count in counts)
        {
            using SqliteCommand add = Command(connection, "INSERT INTO usage VALUES ($day, $language, $event, $count) ON CONFLICT DO UPDATE SET count = count + excluded.count");
            add.Transaction = transaction;
            add.Parameters.AddWithValue("$day", count.Day.ToString("O", CultureInfo.InvariantCulture));
            add.Parameters.AddWithValue("$language", count.Language);
            add.Parameters.AddWithValue("$event", count.What.ToString());
            add.Parameters.AddWithValue("$count", count.Count);
            add.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        // Unpooled, so that the file is open for moments only.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = Patience }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string text)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        return command;
    }
}
