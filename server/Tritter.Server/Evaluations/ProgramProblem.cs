using System.Globalization;
using System.Text.Json;
using Tritter.Server.CommandLine;

namespace Tritter.Server.Evaluations;

/// <summary>A program to be written on from its beginning, and what tests it.</summary>
/// <param name="Path">The file that the model is told it is writing.</param>
/// <param name="Prompt">The program's beginning.</param>
/// <param name="Stops">Texts before which the continuation ends.</param>
/// <param name="Tail">What follows the continuation.</param>
internal sealed record ProgramProblem(string Id, string Path, string Prompt, IReadOnlyList<string> Stops, string Tail)
{
    // arXiv:2107.03374, section 2.1.
    private static readonly string[] _humanEvalStops = ["\nclass", "\ndef", "\n#", "\nif", "\nprint"];

    // What follows a function in programs that test it, and what would begin the next task.
    private static readonly string[] _mbppStops = ["\nclass", "\nassert", "\n\"\"\"", "\nprint", "\nif"];

    /// <summary>The tasks that MBPP sets apart for testing (arXiv:2108.07732, section 2.1); 1 to 10 are for prompts, the rest to train on.</summary>
    private const int FirstMbppTest = 11, LastMbppTest = 510;

    /// <summary>The program that ends well when it does what was asked.</summary>
    public string Program(string continuation) => $"{Prompt}{continuation}\n{Tail}";

    /// <summary>HumanEval: github.com/openai/human-eval, data/HumanEval.jsonl.gz.</summary>
    /// <exception cref="CommandFailure">It is not there or no such file.</exception>
    public static IReadOnlyList<ProgramProblem> HumanEval(string file) => BenchmarkFile.Read(
        file,
        problem => new ProgramProblem(
            Text(problem, "task_id"), "solution.py", Text(problem, "prompt"), _humanEvalStops, $"{Text(problem, "test")}\ncheck({Text(problem, "entry_point")})\n"),
        "an object with task_id, prompt, entry_point and test");

    /// <summary>
    /// MBPP: github.com/google-research/google-research, mbpp/mbpp.jsonl or sanitized-mbpp.json. A doc string has the task and its tests, since
    /// a model that was never told to follow instructions can go on from that.
    /// </summary>
    /// <exception cref="CommandFailure">It is not there or no such file.</exception>
    public static IReadOnlyList<ProgramProblem> Mbpp(string file)
    {
        IReadOnlyList<ProgramProblem> all = BenchmarkFile.Read(file, MbppProblem, "an object with task_id, text or prompt, and test_list");
        ProgramProblem[] tests = [.. all.Where(p => int.Parse(p.Id, CultureInfo.InvariantCulture) is >= FirstMbppTest and <= LastMbppTest)];
        return tests.Length > 0 ? tests : throw new CommandFailure($"{file} has none of the tasks {FirstMbppTest} to {LastMbppTest}, which are those to test with");
    }

    /// <summary>MultiPL-E: github.com/nuprl/MultiPL-E, prompts/humaneval-rs-reworded.jsonl and others.</summary>
    /// <param name="language">As the file writes it: rs or cs.</param>
    /// <exception cref="CommandFailure">It is not there, no such file, or of another language.</exception>
    public static IReadOnlyList<ProgramProblem> MultiPlE(string file, string language) => BenchmarkFile.Read(
        file,
        problem => Text(problem, "language") == language
            ? new ProgramProblem(
                Text(problem, "name"), language == "rs" ? "src/main.rs" : "Program.cs", Text(problem, "prompt"), [.. Texts(problem, "stop_tokens")], Text(problem, "tests"))
            : null,
        $"an object with name, prompt, tests, stop_tokens and language \"{language}\"");

    private static ProgramProblem MbppProblem(JsonElement problem)
    {
        string task = problem.TryGetProperty("text", out JsonElement text) ? text.GetString()! : Text(problem, "prompt");
        string[] tests = [.. Texts(problem, "test_list")];
        string setup = problem.TryGetProperty("test_setup_code", out JsonElement code) ? code.GetString() ?? "" : "";
        string[] imports = problem.TryGetProperty("test_imports", out _) ? [.. Texts(problem, "test_imports")] : [];
        string prompt = $"\"\"\"\n{task.Trim()}\n{string.Join('\n', tests)}\n\"\"\"\n";
        return new ProgramProblem(problem.GetProperty("task_id").GetInt32().ToString(CultureInfo.InvariantCulture), "solution.py", prompt, _mbppStops, string.Join('\n', [.. imports, setup, .. tests, ""]));
    }

    private static IEnumerable<string> Texts(JsonElement problem, string name) => problem.GetProperty(name).EnumerateArray().Select(text => text.GetString()!);

    private static string Text(JsonElement problem, string name) => problem.GetProperty(name).GetString() ?? throw new KeyNotFoundException(name);
}
