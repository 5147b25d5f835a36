using System.Runtime.CompilerServices;
using Tritter.Core.Completion;
using Tritter.Core.Documents;
using Tritter.Server.State;

namespace Tritter.Server.Completions;

/// <summary>
/// Where requests for completions are answered, counted and remembered: from the cache where somebody types through what was suggested, else by the
/// model. While nobody asks, what follows a suggestion is computed ahead. Thread-safe.
/// </summary>
/// <param name="log">Told, in one line, what was computed ahead, or why it was not.</param>
internal sealed class CompletionDesk(
    ModelThread model, CSharpInsight insight, IgnoredDocuments ignored, CompletionStats stats, LastPrompts prompts, OfferedSuggestions offered, Pacing pacing, TimeProvider time, Action<string> log)
{
    private readonly Lock _lock = new();
    private readonly TypingPause _pause = new(time, log);
    private readonly ConditionalWeakTable<CachedSuggestion, string> _ids = [];
    private SuggestionCache _cache = SuggestionCache.Empty;
    private Settings _settings = Settings.Default;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private TypingPace _pace;
    private TimeSpan _cost;
    private long _lastEdit;

    /// <param name="open">The document; null when it is not open.</param>
    /// <param name="request">About the document, perhaps with an entry of the editor's list accepted; null when it is not open.</param>
    /// <param name="isAutomatic">Whether nobody asked but the editor.</param>
    /// <returns>The answer, and the id under which it is remembered; null when it is empty.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled, or a newer request for the same document came.</exception>
    /// <exception cref="ContentModifiedException">The document changed.</exception>
    public async Task<DeskAnswer> AnswerAsync(string uri, OpenDocument? open, CompletionRequest? request, bool isAutomatic, Snapshot snapshot, CancellationToken cancellationToken)
    {
        long arrived = time.GetTimestamp();
        stats.Asked();
        DeskAnswer answer;
        if (Refusal(open, request, isAutomatic, snapshot) is { } reason)
        {
            answer = new DeskAnswer(new CompletionResult("", reason, default));
        }
        else if (FromCache(uri, request!, isAutomatic, snapshot.Settings) is { } cached)
        {
            answer = cached;
        }
        else
        {
            CompletionResult result = await ComputeAsync(open!, request!, isAutomatic, arrived, snapshot, cancellationToken);
            prompts.Keep(uri, result);
            answer = new DeskAnswer(result) { Id = Keep(uri, request!, result) };
        }

        stats.Answered(uri, answer.Result, time.GetElapsedTime(arrived), answer.IsFromCache);
        if (answer.Id is not null)
        {
            ComputeAhead(open!, request!, answer, snapshot);
        }

        if (pacing.IdleAfter is not null && isAutomatic && open is not null && (answer.Result.IsProvisional || !answer.IsFromCache))
        {
            _pause.Expect(() => OnPause(open, request!, answer.Result.IsProvisional, snapshot));
        }

        return answer;
    }

    /// <summary>Whoever pauses goes on at this place: other files are looked at for it anew, and the model reads what that changes.</summary>
    private void OnPause(OpenDocument open, CompletionRequest request, bool isProvisional, Snapshot snapshot)
    {
        IReadOnlyList<ContextPiece>? found = insight.Refresh(open, request, snapshot, CancellationToken.None);
        if (found is not null || isProvisional)
        {
            _ = ComputeAheadAsync(open, request, TimeSpan.Zero, snapshot, found);
        }
    }

    /// <summary>The document is gone: when it comes back its prompt may have to be read again.</summary>
    public void Closed(string uri)
    {
        lock (_lock)
        {
            _read.Remove(uri);
        }

        Edited(uri);
    }

    /// <summary>The document changed: what was asked about it is pointless, and so is what was suggested in others.</summary>
    public void Edited(string uri)
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            _cache = _cache.AfterEditOf(uri);
            _pace = _lastEdit == 0 ? _pace : _pace.After(time.GetElapsedTime(_lastEdit, now));
            _lastEdit = now;
        }

        _pause.Over();
        model.Edited(uri);
    }

    /// <summary>More is known now than when the suggestions were made.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _cache = SuggestionCache.Empty;
        }
    }

    /// <summary>Why there is nothing to compute; null when there is.</summary>
    private string? Refusal(OpenDocument? open, CompletionRequest? request, bool isAutomatic, Snapshot snapshot)
    {
        Settings settings = snapshot.Settings;
        return !settings.CompletionEnabled ? EmptyReason.Off
            : open is null ? EmptyReason.NotOpen
            : settings.LanguagesOff.Contains(open.Document.LanguageId) ? EmptyReason.LanguageOff
            : ignored.Contain(open, snapshot) ? EmptyReason.Ignored
            : isAutomatic && !settings.IsAutomatic ? EmptyReason.NotAutomatic
            : isAutomatic && !settings.InComments && CommentAtCursor.Is(open.Document.LanguageId, request!.Document.Text, request.Offset) ? EmptyReason.Comment
            : null;
    }

    private DeskAnswer? FromCache(string uri, CompletionRequest request, bool isAutomatic, Settings settings)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_settings, settings))
            {
                (_settings, _cache) = (settings, SuggestionCache.Empty);
            }

            // Who asks in so many words where nothing was found wants it looked at again.
            if (_cache.Find(uri, request.Document.Text, request.Offset) is not var (suggestion, rest) || (!isAutomatic && rest.Text.Length == 0))
            {
                return null;
            }

            model.Superseded(uri);
            // What is shown may have been computed ahead, by a prompt that nobody was answered with yet.
            prompts.Keep(uri, suggestion.Result);
            CompletionResult result = suggestion.Result with { Text = rest.Text, Cost = default, Verdict = null, Prompt = null };
            return new DeskAnswer(result) { IsFromCache = true, Replaces = rest.Replaces, Id = rest.Text.Length > 0 ? IdOf(uri, suggestion, request.Document) : null };
        }
    }

    /// <summary>Who types through a suggestion sees one suggestion, not one after each key.</summary>
    private string IdOf(string uri, CachedSuggestion suggestion, Document document) =>
        _ids.GetValue(suggestion, s => offered.Add(uri, document with { Text = s.Text }, s.Offset, s.Result.Text));

    private async Task<CompletionResult> ComputeAsync(OpenDocument open, CompletionRequest request, bool isAutomatic, long arrived, Snapshot snapshot, CancellationToken cancellationToken)
    {
        // While the model is loaded, or reads a document for the first time, there is no other way to get a suggestion than to wait for it.
        bool hasBudget = isAutomatic && pacing.HasBudget && model.Loaded.IsCompleted && HasRead(open.Uri);
        TimeSpan delay = !isAutomatic ? TimeSpan.Zero : Delay(snapshot.Settings);
        request = request with { Budget = hasBudget ? new LatencyBudget(time, arrived + Timestamps(delay)) : null, WholeOnly = hasBudget };
        long begun = time.GetTimestamp();
        CompletionResult result = await model.CompleteAsync(open.Uri, request, insight.For(open, request, snapshot, looks: !isAutomatic), delay, cancellationToken);
        lock (_lock)
        {
            _read.Add(open.Uri);
            TimeSpan cost = time.GetElapsedTime(begun) - delay;
            _cost = _cost == default ? cost : (3 * _cost + cost) / 4;
        }

        return result;
    }

    /// <summary>Whether the model has completed this document since it was opened.</summary>
    private bool HasRead(string uri)
    {
        lock (_lock)
        {
            return _read.Contains(uri);
        }
    }

    private TimeSpan Delay(Settings settings)
    {
        lock (_lock)
        {
            DelayPolicy policy = settings.Delay is { } set ? new DelayPolicy(set) : pacing.Delay;
            return policy.Before(_pace.BetweenKeys, _cost);
        }
    }

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <returns>The id under which the suggestion is remembered; null when it is empty.</returns>
    private string? Keep(string uri, CompletionRequest request, CompletionResult result)
    {
        var suggestion = new CachedSuggestion(request.Document.Text, request.Offset, result);
        if (!result.IsProvisional)
        {
            Cache(uri, suggestion);
        }

        return result.Text.Length > 0 ? IdOf(uri, suggestion, request.Document) : null;
    }

    private void Cache(string uri, CachedSuggestion suggestion)
    {
        lock (_lock)
        {
            _cache = _cache.With(uri, suggestion);
        }
    }

    /// <summary>Computes what follows the suggestion, should it be accepted.</summary>
    private void ComputeAhead(OpenDocument open, CompletionRequest request, DeskAnswer shown, Snapshot snapshot)
    {
        if (pacing.IdleAfter is not { } idle)
        {
            return;
        }

        Document document = request.Document;
        int end = request.Offset + shown.Result.Text.Length;
        document = document with { Text = string.Concat(document.Text.AsSpan(0, request.Offset), shown.Result.Text, document.Text.AsSpan(request.Offset + shown.Replaces)) };
        lock (_lock)
        {
            if (_cache.Find(open.Uri, document.Text, end) is not null)
            {
                return;
            }
        }

        request = request with { Document = document, Offset = end };
        _ = ComputeAheadAsync(open, request, idle, snapshot);
    }

    /// <param name="context">What to show of other files from now on; null to leave that as it is.</param>
    private async Task ComputeAheadAsync(OpenDocument open, CompletionRequest request, TimeSpan idle, Snapshot snapshot, IReadOnlyList<ContextPiece>? context = null)
    {
        try
        {
            Assistance assistance = insight.For(open, request, snapshot, looks: false);
            CompletionResult result = await model.WhenIdleAsync(open.Uri, request, context is null ? assistance : assistance with { Context = _ => context }, idle);
            if (context is not null)
            {
                insight.Show(open.Uri, context);
            }

            if (!result.IsProvisional)
            {
                Cache(open.Uri, new CachedSuggestion(request.Document.Text, request.Offset, result));
                log($"computed ahead in {open.Document.Path}: {result.Cost.GeneratedTokens} tokens");
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ContentModifiedException)
        {
            // Something else was to do.
        }
        catch (Exception e)
        {
            // Nobody waits for it, so nobody else would hear of the fault.
            log($"computing ahead failed: {e}");
        }
    }
}

/// <summary>What a request gets.</summary>
/// <param name="Result">Of its cost only what the model had to do now.</param>
internal sealed record DeskAnswer(CompletionResult Result)
{
    public bool IsFromCache { get; init; }

    /// <summary>See <see cref="SuggestionRest.Replaces"/>.</summary>
    public int Replaces { get; init; }

    /// <summary>Under which the suggestion is remembered; null when it is empty.</summary>
    public string? Id { get; init; }
}
