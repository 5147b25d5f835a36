using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Tritter.Core.Secrets;
using Tritter.Repository.Files;

namespace Tritter.Repository.Index;

/// <summary>
/// Brings an index to what the files are now. A file is read, and only parsed when its bytes are others than those indexed. Commits every so often: an
/// end at any moment, by cancellation or by force, costs the files since then. Its methods do their work on the calling thread and on workers.
/// </summary>
/// <param name="workers">Threads that read and parse; 0 does it all on the calling thread.</param>
public sealed class Indexer(RepositoryIndex index, int workers = 0)
{
    private const int FilesInACommit = 64;
    private const int MostPathsForGit = 400;

    /// <summary>Looks at every file of the repository.</summary>
    /// <param name="progress">Called on the calling thread.</param>
    /// <exception cref="OperationCanceledException">What was done until then is in the index.</exception>
    /// <exception cref="IOException">The index cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor can it.</exception>
    public IndexSummary Build(Action<IndexProgress>? progress, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        string[] paths = [.. RepositoryFiles.List(index.Root, cancellationToken).Select(f => Path.GetRelativePath(index.Root, f).Replace('\\', '/'))];
        return index.Database.Write(
            connection =>
            {
                using var writer = new IndexWriter(connection);
                Dictionary<string, byte[]> known = Known(connection);
                Run run = Scan(writer, paths, known, progress, cancellationToken);
                foreach (string gone in known.Keys.Except(paths))
                {
                    run.Removed += writer.Remove(gone) ? 1 : 0;
                }

                writer.State("complete", 1);
                writer.State("keys", paths.Count(SecretFiles.IsKey));
                writer.Commit();
                return new IndexSummary(run.Indexed, run.Removed, run.Unchanged, Stopwatch.GetElapsedTime(start).TotalSeconds);
            },
            cancellationToken);
    }

    /// <summary>Looks at some files: saved, created, changed by others, or gone. Names of folders stand for what is indexed below them.</summary>
    /// <param name="paths">Relative to the root, with '/' separators.</param>
    /// <inheritdoc cref="Build"/>
    public IndexSummary Update(IReadOnlyCollection<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count > MostPathsForGit || paths.Any(p => Path.GetFileName(p) is ".gitignore" or IgnoreFiles.Tritter))
        {
            return Build(null, cancellationToken);
        }

        long start = Stopwatch.GetTimestamp();
        IReadOnlySet<string> wanted = RepositoryFiles.Among(index.Root, paths, cancellationToken);
        return index.Database.Write(
            connection =>
            {
                using var writer = new IndexWriter(connection);
                Dictionary<string, byte[]> known = Known(connection, paths);
                Run run = Scan(writer, [.. wanted], known, progress: null, cancellationToken);
                foreach (string gone in known.Keys.Except(wanted).Where(path => paths.Contains(path) || !File.Exists(Path.Combine(index.Root, path))))
                {
                    run.Removed += writer.Remove(gone) ? 1 : 0;
                }

                writer.Commit();
                return new IndexSummary(run.Indexed, run.Removed, run.Unchanged, Stopwatch.GetElapsedTime(start).TotalSeconds);
            },
            cancellationToken);
    }

    /// <summary>Takes files out of the index, whether they exist or not.</summary>
    /// <inheritdoc cref="Build"/>
    public void Remove(IEnumerable<string> paths, CancellationToken cancellationToken) => index.Database.Write(
        connection =>
        {
            using var writer = new IndexWriter(connection);
            int removed = paths.Count(writer.Remove);
            writer.Commit();
            return removed;
        },
        cancellationToken);

    private Run Scan(IndexWriter writer, string[] paths, Dictionary<string, byte[]> known, Action<IndexProgress>? progress, CancellationToken cancellationToken)
    {
        var run = new Run();
        try
        {
            foreach (Scanned scanned in workers == 0 ? paths.Select(path => Look(path, known, cancellationToken)) : LookInParallel(paths, known, cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (scanned.File is { } file)
                {
                    writer.Put(file);
                    run.Indexed++;
                }
                else if (scanned.IsUnchanged)
                {
                    run.Unchanged++;
                }
                else
                {
                    run.Removed += writer.Remove(scanned.Path) ? 1 : 0;
                }

                writer.Commit(FilesInACommit);
                progress?.Invoke(new IndexProgress(++run.Done, paths.Length));
            }
        }
        catch (OperationCanceledException)
        {
            writer.Commit();
            throw;
        }

        return run;
    }

    private Scanned Look(string path, Dictionary<string, byte[]> known, CancellationToken cancellationToken)
    {
        if (SourceText.Bytes(index.Root, path) is not { } bytes)
        {
            return new Scanned(path, null, IsUnchanged: false);
        }

        byte[] hash = SourceText.HashOf(bytes);
        bool isUnchanged = known.TryGetValue(path, out byte[]? indexed) && indexed.AsSpan().SequenceEqual(hash);
        return isUnchanged || SourceText.Of(path, bytes, hash) is not { } source
            ? new Scanned(path, null, isUnchanged)
            : new Scanned(path, ScannedFile.Of(path, source, cancellationToken), IsUnchanged: false);
    }

    private IEnumerable<Scanned> LookInParallel(string[] paths, Dictionary<string, byte[]> known, CancellationToken cancellationToken)
    {
        // Few enough that what waits to be written stays small.
        using var ready = new BlockingCollection<Scanned>(boundedCapacity: 32);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int next = -1, running = workers;
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, workers).Select(i => new Thread(Work) { Name = $"index {i}", IsBackground = true })];
        Array.ForEach(threads, t => t.Start());
        try
        {
            foreach (Scanned scanned in ready.GetConsumingEnumerable(CancellationToken.None))
            {
                yield return scanned;
            }

            if (failure is not null)
            {
                throw new InvalidOperationException($"indexing failed: {failure.Message}", failure);
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            stop.Cancel();
            Array.ForEach(threads, t => t.Join());
        }

        void Work()
        {
            try
            {
                for (int i = Interlocked.Increment(ref next); i < paths.Length; i = Interlocked.Increment(ref next))
                {
                    ready.Add(Look(paths[i], known, stop.Token), stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // The consumer has gone, or is told below.
            }
            catch (Exception e)
            {
                // Told to the calling thread, which fails with it.
                failure = e;
                stop.Cancel();
            }

            if (Interlocked.Decrement(ref running) == 0)
            {
                ready.CompleteAdding();
            }
        }
    }

    private static Dictionary<string, byte[]> Known(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT path, hash FROM files";
        return Read(command);
    }

    private static Dictionary<string, byte[]> Known(SqliteConnection connection, IEnumerable<string> paths)
    {
        var known = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using SqliteCommand command = connection.CreateCommand();
        // '0' follows '/': everything that begins with the path and a slash.
        command.CommandText = "SELECT path, hash FROM files WHERE path = $path OR (path > $path || '/' AND path < $path || '0')";
        SqliteParameter parameter = command.Parameters.Add("$path", SqliteType.Text);
        foreach (string path in paths)
        {
            parameter.Value = path.TrimEnd('/');
            foreach ((string file, byte[] hash) in Read(command))
            {
                known[file] = hash;
            }
        }

        return known;
    }

    private static Dictionary<string, byte[]> Read(SqliteCommand command)
    {
        var known = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            known[reader.GetString(0)] = (byte[])reader.GetValue(1);
        }

        return known;
    }

    private readonly record struct Scanned(string Path, ScannedFile? File, bool IsUnchanged);

    private sealed class Run
    {
        public int Done, Indexed, Removed, Unchanged;
    }
}
