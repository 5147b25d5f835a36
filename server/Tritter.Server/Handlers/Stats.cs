using Tritter.Server.Completions;
using Tritter.Server.Lsp;

namespace Tritter.Server.Handlers;

/// <summary><c>tritter/stats</c>: what the server did since it was started.</summary>
internal static class Stats
{
    private const double BytesPerMegabyte = 1 << 20;

    public static StatsResult Handle(CompletionStats stats, string model, IndexStats index) =>
        Conversions.ToLsp(stats.Read(), model, index, (long)(Environment.WorkingSet / BytesPerMegabyte));
}
