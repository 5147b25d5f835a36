namespace Tritter.Core.Replay;

/// <summary>Where a completion that was done again first departs from its record.</summary>
/// <param name="Step">The token being chosen, from 1; null when the difference lies before the first or after the last.</param>
/// <param name="What">One line: what came out now instead of what was recorded.</param>
public sealed record RecordDifference(int? Step, string What)
{
    public override string ToString() => Step is int step ? $"step {step}: {What}" : What;

    /// <summary>The first difference in the order in which a completion comes about; null when there is none.</summary>
    public static RecordDifference? Find(CompletionRecord recorded, CompletionRecord now) =>
        OfPrompts(recorded.Prompt, now.Prompt) ?? OfOptions(recorded.Options, now.Options) ?? OfSteps(recorded.Steps, now.Steps) ?? OfTexts(recorded, now);

    private static RecordDifference? OfPrompts(IReadOnlyList<int> recorded, IReadOnlyList<int> now)
    {
        int same = recorded.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == recorded.Count && same == now.Count
            ? null
            : new(null, $"prompt of {now.Count} instead of {recorded.Count} tokens, token {same + 1} is {At(now, same)} instead of {At(recorded, same)}");

        static string At(IReadOnlyList<int> prompt, int i) => i < prompt.Count ? $"{prompt[i]}" : "missing";
    }

    private static RecordDifference? OfOptions(RecordedOptions? recorded, RecordedOptions? now)
    {
        if (recorded is null || now is null)
        {
            return recorded is null == now is null ? null : new(null, now is null ? "the prompt does not fit any more" : "the prompt fits, and did not");
        }

        string?[] differences =
        [
            recorded.MaxTokens == now.MaxTokens ? null : $"at most {now.MaxTokens} instead of {recorded.MaxTokens} tokens",
            recorded.StopTokens.SequenceEqual(now.StopTokens) ? null : $"stop tokens {List(now.StopTokens)} instead of {List(recorded.StopTokens)}",
            recorded.SuppressedTokens.SequenceEqual(now.SuppressedTokens) ? null : $"{now.SuppressedTokens.Count} instead of {recorded.SuppressedTokens.Count} suppressed tokens, or other ones",
            recorded.Typed.AsSpan().SequenceEqual(now.Typed) ? null : $"typed bytes {Convert.ToHexStringLower(now.Typed)} instead of {Convert.ToHexStringLower(recorded.Typed)}",
            recorded.KvPrecision == now.KvPrecision ? null : $"keys and values as {now.KvPrecision} instead of {recorded.KvPrecision}",
            Sampling(recorded) == Sampling(now) ? null : $"sampling {Sampling(now)} instead of {Sampling(recorded)}",
        ];
        return differences.FirstOrDefault(d => d is not null) is { } first ? new(null, first) : null;

        static string List(IEnumerable<int> ids) => $"[{string.Join(", ", ids)}]";
        static (float, int, float, float, ulong) Sampling(RecordedOptions o) => (o.Temperature, o.TopK, o.TopP, o.MinP, o.Seed);
    }

    private static RecordDifference? OfSteps(IReadOnlyList<RecordedStep> recorded, IReadOnlyList<RecordedStep> now)
    {
        for (int i = 0; i < recorded.Count && i < now.Count; i++)
        {
            (RecordedStep before, RecordedStep after) = (recorded[i], now[i]);
            if (before != after)
            {
                string logits = before.Logits == after.Logits ? "logits are the same" : "logits differ";
                string instead = before.Token is int token && after.Token is not null ? $"{token}" : Choice(before);
                return new(i + 1, before.Token == after.Token ? $"{logits}, {Choice(after)} as before" : $"{Choice(after)} instead of {instead}, {logits}");
            }
        }

        int shorter = Math.Min(recorded.Count, now.Count);
        return recorded.Count == now.Count ? null
            : now.Count > shorter ? new(shorter + 1, $"{Choice(now[shorter])}, where the recorded completion was over")
            : new(shorter + 1, $"the completion is over instead of {Choice(recorded[shorter])}");

        static string Choice(RecordedStep step) => step.Token is int token ? $"token {token}" : "the end of the text";
    }

    private static RecordDifference? OfTexts(CompletionRecord recorded, CompletionRecord now)
    {
        if (recorded.Text != now.Text)
        {
            int same = recorded.Text.AsSpan().CommonPrefixLength(now.Text);
            return new(null, $"the same tokens, but the text of {now.Text.Length} instead of {recorded.Text.Length} characters differs from character {same + 1} on");
        }

        return recorded.Reason == now.Reason ? null : new(null, $"the same tokens, but the reason is '{now.Reason}' instead of '{recorded.Reason}'");
    }
}
