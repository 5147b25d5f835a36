using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Tritter.Server.Answers;

/// <summary>A question that was asked, and what it was about.</summary>
/// <param name="Subject">The name that it was about; null when there was none.</param>
internal sealed record Turn(string Question, string? Subject, string Kind);

/// <summary>
/// What conversations were about, so that "and who calls it?" can be understood. Kept in memory and, of the questions alone, in a folder of the
/// user's; answers and code are not kept. Thread-safe.
/// </summary>
/// <param name="folder">Full path; made when it is first needed. Null keeps nothing on disk.</param>
internal sealed partial class Conversations(string? folder)
{
    private const int MostTurns = 50;

    private readonly ConcurrentDictionary<string, Turn[]> _turns = new(StringComparer.Ordinal);

    /// <summary>A name for a new conversation.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N")[..12];

    /// <summary>What was talked about last; null when nothing was.</summary>
    public string? Subject(string id) => Turns(id).LastOrDefault(t => t.Subject is not null)?.Subject;

    public IReadOnlyList<Turn> Turns(string id) => _turns.GetOrAdd(id, Read);

    public void Add(string id, Turn turn)
    {
        Turn[] turns = _turns.AddOrUpdate(id, [.. Read(id), turn], (_, before) => [.. before.TakeLast(MostTurns - 1), turn]);
        if (File(id) is { } file)
        {
            try
            {
                Directory.CreateDirectory(folder!);
                System.IO.File.WriteAllText(file, JsonSerializer.Serialize(turns, ConversationJson.Default.TurnArray));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A folder that cannot be written costs the history of the next start, no answer.
            }
        }
    }

    /// <summary>Forgets one conversation, or all.</summary>
    public void Clear(string? id)
    {
        string[] files = folder is null || !Directory.Exists(folder) ? [] : id is null ? Directory.GetFiles(folder, "*.json") : File(id) is { } file ? [file] : [];
        foreach (string kept in files)
        {
            System.IO.File.Delete(kept);
        }

        if (id is null)
        {
            _turns.Clear();
        }
        else
        {
            _turns.TryRemove(id, out _);
        }
    }

    private Turn[] Read(string id)
    {
        try
        {
            return File(id) is { } file && System.IO.File.Exists(file) ? JsonSerializer.Deserialize(System.IO.File.ReadAllText(file), ConversationJson.Default.TurnArray) ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    /// <summary>Null for an id that is no file's name, and where nothing is kept.</summary>
    private string? File(string id) => folder is not null && Name().IsMatch(id) ? Path.Combine(folder, $"{id}.json") : null;

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,64}\z")]
    private static partial Regex Name();
}

[JsonSerializable(typeof(Turn[]))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class ConversationJson : JsonSerializerContext;
