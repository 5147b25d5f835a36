using System.CommandLine;
using System.Text.Json;
using Tritter.Core.Answers;
using Tritter.Repository.Files;
using Tritter.Repository.Projects;
using Tritter.Server.Answers;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter ask "question" [DIR]</c>: a question about a repository.</summary>
internal static class AskCommand
{
    public static Command Create(CommandOutput output)
    {
        var question = new Argument<string>("QUESTION") { Description = "Such as: who calls Store.Find? · how does A.Run get to B.Save? · what breaks if I change X? · where are retries decided?" };
        Argument<string> folder = IndexCommand.Folder();
        var conversation = new Option<string?>("--conversation") { Description = "Go on with a conversation of this name: then \"it\" is what was talked about.", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("ask", "Answer a question about a repository, with citations. What the compiler or the index knows is exact; else the nearest code is shown.") { question, folder, conversation, json };
        var answers = new AnswerModelOptions();
        answers.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => RunAsync(parsed.GetRequiredValue(question), parsed.GetRequiredValue(folder), parsed.GetValue(conversation), answers.Of(parsed), parsed.GetValue(json), output, cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string question, string folder, string? conversation, AnswerModel model, bool isJson, CommandOutput output, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandFailure($"there is no folder {folder}; paths are relative to {Directory.GetCurrentDirectory()}");
        }

        string root = RepositoryRoot.Of(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Replace('\\', '/');
        using var answering = Answering.ForUser(new CSharpWorkspace(problem => output.Error.WriteLine($"tritter: {problem}")), problem => output.Error.WriteLine($"tritter: {problem}"));
        Answer answer;
        using (new Spinner(output, "reading the repository", TimeProvider.System))
        {
            answer = await answering.AskAsync(root, question, conversation ?? Conversations.NewId(), selected: null, model, OpenTexts.None, onText: null, cancellationToken);
        }

        output.Out.WriteLine(isJson ? JsonSerializer.Serialize(AnswerMessages.Of(answer, root) with { Conversation = conversation }, CommandLineJson.Readable.AnswerMessage) : AnswerText.Show(answer, output));
        return (int)(answer.Citations.Count > 0 ? ExitCode.Success : ExitCode.Failure);
    }
}
