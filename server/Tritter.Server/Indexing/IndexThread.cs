using System.Collections.Immutable;
using Tritter.Repository.Index;
using Tritter.Server.State;

namespace Tritter.Server.Indexing;

/// <summary>
/// The one thread that keeps the indexes of the workspace's folders up to date, with whatever processor time is left. Its methods may be called from any
/// thread and return at once; completions read the indexes meanwhile.
/// </summary>
/// <param name="log">Told in one line what was done.</param>
/// <param name="problem">Told in one line what went wrong.</param>
internal sealed class IndexThread(Action<string> log, Action<string> problem) : IDisposable
{
    private readonly object _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly List<RepositoryIndex> _unbuilt = [];
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, RepositoryIndex> _indexes = ImmutableDictionary.Create<string, RepositoryIndex>(StringComparer.Ordinal);
    private CancellationTokenSource _running = new();
    private volatile IndexState _state = IndexState.Off;
    private TaskCompletionSource _idle = Done();
    private Thread? _thread;

    public IndexState State => _state;

    /// <summary>Ends when everything that was asked for so far is done.</summary>
    public Task Idle
    {
        get
        {
            lock (_gate)
            {
                return _idle.Task;
            }
        }
    }

    /// <summary>The index of a folder; null when it has none.</summary>
    public RepositoryIndex? Of(Folder folder) => _indexes.GetValueOrDefault(folder.Path);

    /// <summary>The workspace's folders are to be indexed, if the settings allow it.</summary>
    public void Follow(Snapshot snapshot) => Follow(snapshot.Settings.IndexEnabled ? snapshot.Session.Folders : []);

    /// <summary>These folders, and no others, are to be indexed. An empty list switches indexing off; what is on disk stays.</summary>
    public void Follow(ImmutableArray<Folder> folders)
    {
        lock (_gate)
        {
            ImmutableDictionary<string, RepositoryIndex> indexes = folders.Where(f => Directory.Exists(f.Path)).DistinctBy(f => f.Path)
                .ToImmutableDictionary(f => f.Path, f => _indexes.GetValueOrDefault(f.Path) ?? RepositoryIndex.Open(f.Path, problem), StringComparer.Ordinal);
            if (_indexes.Keys.Any(path => !indexes.ContainsKey(path)))
            {
                // Work on a folder that is gone is given up; what remains is looked at again, which costs little.
                _running.Cancel();
                _running = new CancellationTokenSource();
                _unbuilt.Clear();
                _unbuilt.AddRange(indexes.Values);
            }
            else
            {
                _unbuilt.AddRange(indexes.Where(i => !_indexes.ContainsKey(i.Key)).Select(i => i.Value));
            }

            _indexes = indexes;
            if (indexes.IsEmpty)
            {
                _state = IndexState.Off;
            }

            Wake();
        }
    }

    /// <summary>Files were saved, created, changed or deleted.</summary>
    /// <param name="paths">Full paths with '/' separators.</param>
    public void Changed(IEnumerable<string> paths)
    {
        lock (_gate)
        {
            if (!_indexes.IsEmpty)
            {
                // Git's own files change all the time, and are in no index.
                _changed.UnionWith(paths.Where(p => !p.Contains("/.git/", StringComparison.Ordinal)));
                Wake();
            }
        }
    }

    /// <summary>Gives up what is being done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending.Cancel();
            _running.Cancel();
            Monitor.Pulse(_gate);
        }
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done.SetResult();
        return done;
    }

    private void Wake()
    {
        if ((_unbuilt.Count == 0 && _changed.Count == 0) || _ending.IsCancellationRequested)
        {
            return;
        }

        if (_idle.Task.IsCompleted)
        {
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (_unbuilt.Count > 0)
        {
            // From here on, and not from the thread's first step: who asks now is to know.
            _state = _state with { Phase = IndexPhase.Building };
        }

        if (_thread is null)
        {
            _thread = new Thread(Run) { Name = "index", IsBackground = true };
            _thread.Start();
        }

        Monitor.Pulse(_gate);
    }

    private void Run()
    {
        BackgroundPriority.Enter();
        while (Next() is { } work)
        {
            try
            {
                work.Do();
            }
            catch (OperationCanceledException)
            {
                // The folder is not followed any more, or the server ends.
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Fail(e.Message);
            }
            catch (Exception e)
            {
                // A fault of ours costs the index, not the server.
                Fail(e.ToString());
            }
        }
    }

    private void Fail(string reason)
    {
        _state = _state with { Phase = IndexPhase.Failed, Reason = reason.ReplaceLineEndings(" ") };
        problem($"the index is not kept up to date: {reason}");
    }

    /// <returns>What to do next; null when the server ends.</returns>
    private Work? Next()
    {
        lock (_gate)
        {
            while (!_ending.IsCancellationRequested)
            {
                CancellationToken token = _running.Token;
                if (_unbuilt.Count > 0)
                {
                    RepositoryIndex index = _unbuilt[0];
                    _unbuilt.RemoveAt(0);
                    return new Work(() => Build(index, token));
                }

                if (_changed.Count > 0)
                {
                    string[] changed = [.. _changed];
                    _changed.Clear();
                    ImmutableDictionary<string, RepositoryIndex> indexes = _indexes;
                    return new Work(() => Update(indexes, changed, token));
                }

                // Work that was given up may have reported meanwhile.
                _state = _indexes.IsEmpty ? IndexState.Off : _state;
                _idle.TrySetResult();
                Monitor.Wait(_gate);
            }

            _idle.TrySetResult();
            return null;
        }
    }

    private void Build(RepositoryIndex index, CancellationToken cancellationToken)
    {
        IndexSummary summary = new Indexer(index).Build(p => _state = new IndexState(IndexPhase.Building, p.Total, p.Done, _state.Redactions), cancellationToken);
        Ready();
        log($"indexed {index.Root}: {summary.Indexed} files new or changed, {summary.Removed} gone, {summary.Unchanged} as before, {summary.Seconds:0.0} s");
    }

    private void Update(ImmutableDictionary<string, RepositoryIndex> indexes, string[] changed, CancellationToken cancellationToken)
    {
        ImmutableArray<Folder> folders = [.. indexes.Keys.Select(path => new Folder(path, ""))];
        foreach (IGrouping<string, string> ofFolder in changed.GroupBy(path => Folder.Holding(path, folders)?.Path ?? ""))
        {
            if (indexes.GetValueOrDefault(ofFolder.Key) is { } index)
            {
                new Indexer(index).Update([.. ofFolder.Select(path => path[(ofFolder.Key.Length + 1)..])], cancellationToken);
            }
        }

        Ready();
    }

    private void Ready()
    {
        IndexCounts[] counts = [.. _indexes.Values.Select(i => i.Counts())];
        int files = counts.Sum(c => c.Files);
        _state = new IndexState(IndexPhase.Ready, files, files, counts.Sum(c => c.Redactions));
    }

    private sealed record Work(Action Do);
}
