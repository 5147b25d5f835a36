using System.Text;
using System.Text.Json;
using Tritter.Core.Replay;
using Tritter.Inference.Model;
using Tritter.Server.Replays;

namespace Tritter.Server.Tests.Replays;

/// <summary>Records that no model made.</summary>
internal static class Records
{
    public static CompletionRecord Of(string text) => new(
        CompletionRecord.Format,
        "1.0",
        1,
        new ModelIdentity("tiny", "w", "t", "c", null),
        new RecordedRequest("a.cs", "csharp", null, 24, 0, text),
        [6, 80],
        new RecordedOptions(24, [0], [1], [0x20, 0xFF], "Int8", Temperature: 0.1f, TopK: 3, TopP: 0.9f, MinP: 0, Seed: ulong.MaxValue),
        [new("0123456789abcdef", 10), new("fedcba9876543210", null)],
        "x;",
        null);

    public static string Line(CompletionRecord record) => JsonSerializer.Serialize(record, ReplayJson.Strict.CompletionRecord);

    public static ReplayLine Parse(string line) => ReplayReader.Parse(1, Encoding.UTF8.GetBytes(line));
}
