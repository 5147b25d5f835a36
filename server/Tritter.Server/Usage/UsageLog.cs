using Microsoft.Data.Sqlite;
using Tritter.Server.Completions;

namespace Tritter.Server.Usage;

/// <summary>
/// Puts counts into the usage file some time later and on another thread, so that no answer waits for a disk. What cannot be written stays in memory
/// for the next try; it is a few numbers. Thread-safe.
/// </summary>
/// <param name="problem">Told, in one line and once, why nothing can be written.</param>
internal sealed class UsageLog(UsageFile file, TimeProvider time, Action<string> problem) : IDisposable
{
    private static readonly TimeSpan _later = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly Dictionary<(DateOnly Day, string Language, OfferEvent What), int> _counts = [];
    private ITimer? _timer;
    private bool _complained;

    public void Count(OfferEvent what, string language)
    {
        var day = DateOnly.FromDateTime(time.GetLocalNow().DateTime);
        lock (_lock)
        {
            _counts[(day, language, what)] = _counts.GetValueOrDefault((day, language, what)) + 1;
            _timer ??= time.CreateTimer(_ => Write(), null, _later, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Writes what is left.</summary>
    public void Dispose() => Write();

    private void Write()
    {
        lock (_writing)
        {
            UsageCount[] counts;
            lock (_lock)
            {
                counts = [.. _counts.Select(c => new UsageCount(c.Key.Day, c.Key.Language, c.Key.What, c.Value))];
                _counts.Clear();
                _timer?.Dispose();
                _timer = null;
            }

            if (counts.Length > 0 && Problem(counts) is { } why)
            {
                PutBack(counts);
                if (!_complained)
                {
                    _complained = true;
                    problem(why);
                }
            }
        }
    }

    /// <returns>Why nothing could be written; null when all is.</returns>
    private string? Problem(UsageCount[] counts)
    {
        try
        {
            if (file.Add(counts) is { } aside)
            {
                problem($"{file.Path} was damaged; it is {aside} now, and counting begins anew");
            }

            return null;
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            return $"what became of suggestions cannot be counted in {file.Path}: {e.Message}";
        }
    }

    private void PutBack(UsageCount[] counts)
    {
        lock (_lock)
        {
            foreach (UsageCount count in counts)
            {
                (DateOnly, string, OfferEvent) key = (count.Day, count.Language, count.What);
                _counts[key] = _counts.GetValueOrDefault(key) + count.Count;
            }
        }
    }
}
