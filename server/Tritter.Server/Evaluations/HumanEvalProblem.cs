using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Evaluations;

/// <summary>One problem of HumanEval-Infilling (arXiv:2207.14255): a Python function with a line, or more, taken out.</summary>
/// <param name="Prompt">What stands before the gap, which is whole lines.</param>
/// <param name="Suffix">What stands behind it.</param>
/// <param name="CanonicalSolution">What stood in the gap.</param>
/// <param name="Test">Defines check(candidate), which raises where the function is wrong.</param>
internal sealed record HumanEvalProblem(string TaskId, string EntryPoint, string Prompt, string Suffix, string CanonicalSolution, string Test)
{
    /// <summary>Reads a file with a problem a line, compressed when its name ends in .gz.</summary>
    /// <exception cref="CommandFailure">It is not there or no such file.</exception>
    public static IReadOnlyList<HumanEvalProblem> Read(string file) => CommandFailure.Reading(file, () =>
    {
        using Stream stored = File.OpenRead(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stored, CompressionMode.Decompress) : stored;
        using var reader = new StreamReader(stream);
        var problems = new List<HumanEvalProblem>();
        try
        {
            for (int line = 1; reader.ReadLine() is { } text; line++)
            {
                if (text.Length > 0)
                {
                    problems.Add(Parse(text) ?? throw new CommandFailure($"{file}:{line} is no problem: expected an object with task_id, entry_point, prompt, suffix, canonical_solution and test"));
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new CommandFailure($"{file} cannot be decompressed: {e.Message}");
        }

        return problems.Count > 0 ? problems : throw new CommandFailure($"{file} holds no problems");
    });

    /// <summary>The program that ends well when <paramref name="middle"/> in the gap passes the problem's tests.</summary>
    public string Program(string middle) => $"{Prompt}{middle}{Suffix}\n\n{Test}\n\ncheck({EntryPoint})\n";

    private static HumanEvalProblem? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HumanEvalJsonContext.Default.HumanEvalProblem) is { Prompt: not null, Suffix: not null, Test: not null, CanonicalSolution: not null, EntryPoint: not null } problem
                ? problem
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HumanEvalProblem))]
internal sealed partial class HumanEvalJsonContext : JsonSerializerContext;
