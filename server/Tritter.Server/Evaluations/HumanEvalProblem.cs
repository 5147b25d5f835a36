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
    public static IReadOnlyList<HumanEvalProblem> Read(string file) => BenchmarkFile.Read(
        file,
        problem => JsonSerializer.Deserialize(problem, HumanEvalJsonContext.Default.HumanEvalProblem) is { Prompt: not null, Suffix: not null, Test: not null, CanonicalSolution: not null, EntryPoint: not null } read ? read : null,
        "an object with task_id, entry_point, prompt, suffix, canonical_solution and test");

    /// <summary>The program that ends well when <paramref name="middle"/> in the gap passes the problem's tests.</summary>
    public string Program(string middle) => $"{Prompt}{middle}{Suffix}\n\n{Test}\n\ncheck({EntryPoint})\n";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(HumanEvalProblem))]
internal sealed partial class HumanEvalJsonContext : JsonSerializerContext;
