using System.IO.Compression;
using System.Text.Json;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Evaluations;

/// <summary>Files of benchmark problems as their authors publish them: an object a line, or one array; compressed when the name ends in .gz.</summary>
internal static class BenchmarkFile
{
    /// <param name="parse">A problem from its object; null when it is none.</param>
    /// <param name="expected">What a problem has, for the message: "an object with task_id and prompt".</param>
    /// <exception cref="CommandFailure">The file is not there or no such file.</exception>
    public static IReadOnlyList<T> Read<T>(string file, Func<JsonElement, T?> parse, string expected)
        where T : class => CommandFailure.Reading(file, () =>
    {
        var problems = new List<T>();
        foreach ((int line, string json) in Objects(file))
        {
            problems.Add(Parse(json, parse) ?? throw new CommandFailure($"{file}:{line} is no problem: expected {expected}"));
        }

        return problems.Count > 0 ? problems : throw new CommandFailure($"{file} holds no problems");
    });

    private static IEnumerable<(int Line, string Json)> Objects(string file)
    {
        string text = Text(file);
        if (text.AsSpan().TrimStart().StartsWith("["))
        {
            return Elements(file, text).Select(json => (1, json));
        }

        return text.Split('\n').Select((line, i) => (i + 1, line.Trim())).Where(line => line.Item2.Length > 0);
    }

    private static string[] Elements(string file, string text)
    {
        try
        {
            using JsonDocument array = JsonDocument.Parse(text);
            return [.. array.RootElement.EnumerateArray().Select(element => element.GetRawText())];
        }
        catch (JsonException e)
        {
            throw new CommandFailure($"{file} is no JSON: {e.Message}");
        }
    }

    private static string Text(string file)
    {
        using Stream stored = File.OpenRead(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stored, CompressionMode.Decompress) : stored;
        using var reader = new StreamReader(stream);
        try
        {
            return reader.ReadToEnd();
        }
        catch (InvalidDataException e)
        {
            throw new CommandFailure($"{file} cannot be decompressed: {e.Message}");
        }
    }

    private static T? Parse<T>(string json, Func<JsonElement, T?> parse)
        where T : class
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? parse(document.RootElement) : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not JSON, a field that is missing, or one of another kind.
            return null;
        }
    }
}
