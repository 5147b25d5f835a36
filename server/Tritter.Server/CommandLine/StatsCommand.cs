using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Tritter.Repository.Index;
using Tritter.Server.Completions;
using Tritter.Server.Usage;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter stats</c>: what became of the suggestions on this machine, by day and language.</summary>
internal static class StatsCommand
{
    public static Command Create(CommandOutput output)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON array, an object for each day and language." };
        var clear = new Option<bool>("--clear") { Description = "Forget all counts." };
        var command = new Command("stats", "Show how many suggestions were shown, accepted and kept. The counts are on this machine only.") { json, clear };
        command.SetAction(parsed =>
        {
            UsageFile file = UsageFile.In(CacheFolder.Path);
            try
            {
                if (parsed.GetValue(clear))
                {
                    file.Clear();
                    return (int)ExitCode.Success;
                }

                UsageReport[] days = Days(file.Read());
                output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(days, CommandLineJson.Readable.UsageReportArray) : Table(days));
                return (int)ExitCode.Success;
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                throw new CommandFailure($"{file.Path} cannot be used: {e.Message}");
            }
        });
        return command;
    }

    private static UsageReport[] Days(IReadOnlyList<UsageCount> counts) =>
    [
        .. counts.GroupBy(c => (c.Day, c.Language)).Select(group =>
        {
            int Of(OfferEvent what) => group.Where(c => c.What == what).Sum(c => c.Count);
            return new UsageReport(
                group.Key.Day.ToString("O", CultureInfo.InvariantCulture), group.Key.Language, Of(OfferEvent.Shown), Of(OfferEvent.Accepted), Of(OfferEvent.PartiallyAccepted), Of(OfferEvent.Kept));
        }),
    ];

    private static string Table(UsageReport[] days)
    {
        if (days.Length == 0)
        {
            return "No suggestion was counted yet: editors tell the server which ones were shown and accepted.";
        }

        string[] head = ["day", "language", "shown", "accepted", "in part", "kept 30 s"];
        IEnumerable<string[]> rows = days.Append(Sum(days)).Select(d => (string[])[d.Day, d.Language, Text(d.Shown), Text(d.Accepted), Text(d.PartiallyAccepted), Text(d.KeptAfter30s)]);
        return string.Join(Environment.NewLine, rows.Prepend(head).Select(row => string.Concat(row.Select((cell, i) => i < 2 ? cell.PadRight(16) : cell.PadLeft(10))).TrimEnd()));
    }

    private static UsageReport Sum(UsageReport[] days) =>
        new("all", "", days.Sum(d => d.Shown), days.Sum(d => d.Accepted), days.Sum(d => d.PartiallyAccepted), days.Sum(d => d.KeptAfter30s));

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What <c>tritter stats --json</c> prints for each day and language.</summary>
/// <param name="Day">Such as 2026-01-31.</param>
/// <param name="KeptAfter30s">Accepted, and still in the document 30 seconds later.</param>
internal sealed record UsageReport(string Day, string Language, int Shown, int Accepted, int PartiallyAccepted, int KeptAfter30s);
