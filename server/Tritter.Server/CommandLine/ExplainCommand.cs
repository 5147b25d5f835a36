using System.CommandLine;
using System.Text.Json;
using Tritter.Core.Answers;
using Tritter.Core.Explain;
using Tritter.Repository.Files;
using Tritter.Repository.Projects;
using Tritter.Server.Answers;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter explain FILE[:LINE[:COL]]</c>: what the compiler knows about a symbol or a file.</summary>
internal static class ExplainCommand
{
    public static Command Create(CommandOutput output)
    {
        var place = new Argument<string>("FILE[:LINE[:COL]]")
        {
            Description = "What to explain: a file, what a line declares or is in, or the symbol at a column. Lines and columns count from 1.",
        };
        var diagnostic = new Option<string?>("--diagnostic") { Description = "Explain this compiler diagnostic in the file, such as CS1061.", HelpName = "ID" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("explain", "Tell what a symbol or file is, who uses it and what it does, with citations. Nothing is guessed.") { place, diagnostic, json };
        var answers = new AnswerModelOptions();
        answers.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => RunAsync(parsed.GetRequiredValue(place), parsed.GetValue(diagnostic), answers.Of(parsed), parsed.GetValue(json), output, cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string place, string? diagnostic, AnswerModel model, bool isJson, CommandOutput output, CancellationToken cancellationToken)
    {
        (string file, int? line, int? column) = Split(place);
        string path = Path.GetFullPath(file).Replace('\\', '/');
        string text = CommandFailure.Reading(file, () => File.ReadAllText(path));
        int? offset = Offset(file, line, column);
        var request = new ExplainRequest(path, text, offset, offset, diagnostic, IsWholeLine: line is not null && column is null);
        string root = RepositoryRoot.Of(path);
        using var answering = Answering.ForUser(new CSharpWorkspace(problem => output.Error.WriteLine($"tritter: {problem}")), problem => output.Error.WriteLine($"tritter: {problem}"));
        Answer answer;
        using (var spinner = new Spinner(output, "reading the projects", TimeProvider.System))
        {
            answer = await answering.ExplainAsync(root, request, model, OpenTexts.None, onText: null, cancellationToken);
        }

        output.Out.WriteLine(isJson ? JsonSerializer.Serialize(AnswerMessages.Of(answer, root), CommandLineJson.Readable.AnswerMessage) : AnswerText.Show(answer, output));
        return (int)(answer.Citations.Count > 0 ? ExitCode.Success : ExitCode.Failure);
    }

    private static (string File, int? Line, int? Column) Split(string place)
    {
        string[] parts = place.Split(':');
        int numbers = parts.Reverse().TakeWhile(p => int.TryParse(p, out _)).Take(2).Count();
        numbers = Math.Min(numbers, parts.Length - 1);
        string file = string.Join(':', parts.SkipLast(numbers));
        return numbers switch
        {
            0 => (file, null, null),
            1 => (file, int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture), null),
            _ => (file, int.Parse(parts[^2], System.Globalization.CultureInfo.InvariantCulture), int.Parse(parts[^1], System.Globalization.CultureInfo.InvariantCulture)),
        };
    }

    private static int? Offset(string file, int? line, int? column) => line is { } number ? new SourcePlace(file, number, column ?? 1).Open().Offset : null;
}
