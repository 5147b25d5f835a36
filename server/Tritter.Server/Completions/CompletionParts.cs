using Tritter.Server.Indexing;
using Tritter.Server.State;
using Tritter.Server.Usage;

namespace Tritter.Server.Completions;

/// <summary>What answers completions, put together.</summary>
internal sealed record CompletionParts(
    ModelThread Model, string ModelName, CSharpInsight Insight, CompletionDesk Desk, CompletionStats Stats, LastPrompts Prompts, OfferedSuggestions Offered, IndexThread Index, IgnoredDocuments Ignored)
{
    /// <param name="usage">Keeps counts for later; null to keep none.</param>
    /// <param name="log">Told, in one line, what is worth a look.</param>
    /// <param name="problem">Told, in one line, what could not be loaded.</param>
    public static CompletionParts Create(ModelThread model, string modelName, ServerState state, IndexThread index, Pacing pacing, UsageLog? usage, TimeProvider time, Action<string> log, Action<string> problem)
    {
        CompletionDesk? desk = null;
        var insight = new CSharpInsight(time, index.Of, () => desk?.Forget(), problem);
        var stats = new CompletionStats();
        var prompts = new LastPrompts();
        var offered = new OfferedSuggestions(time, Count, uri => state.Current.Documents.GetValueOrDefault(uri)?.Document.Text);
        var ignored = new IgnoredDocuments();
        desk = new CompletionDesk(model, insight, ignored, stats, prompts, offered, pacing, time, log);
        return new CompletionParts(model, modelName, insight, desk, stats, prompts, offered, index, ignored);

        void Count(OfferEvent what, string language)
        {
            stats.Count(what);
            usage?.Count(what, language);
        }
    }
}
