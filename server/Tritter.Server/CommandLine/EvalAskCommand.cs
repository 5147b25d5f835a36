using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Tritter.Core.Answers;
using Tritter.Core.Evaluation;
using Tritter.Repository.History;
using Tritter.Repository.Projects;
using Tritter.Server.Answers;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval ask FILE.jsonl</c>: how right answers about repositories are, against answers that were checked by hand.</summary>
internal static class EvalAskCommand
{
    private const double LateMs = 500;

    public static Command Create(CommandOutput output)
    {
        var file = new Argument<string>("FILE.jsonl") { Description = "Questions, one JSON object a line, such as bench/ask.jsonl." };
        var checkouts = new Option<string>("--checkouts") { Description = "Folder with a checkout of each repository, called by its name, at the commit that the questions state.", DefaultValueFactory = _ => ".", HelpName = "DIR" };
        var show = new Option<bool>("--show") { Description = "Print what is not right or comes late, question by question." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("ask", "Ask questions whose answers were checked by hand, and compare.") { file, checkouts, show, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(parsed.GetRequiredValue(file), Path.GetFullPath(parsed.GetRequiredValue(checkouts)), parsed.GetValue(show), parsed.GetValue(json), output, cancellationToken), cancellationToken));
        return command;
    }

    private static int Run(string file, string checkouts, bool isShown, bool isJson, CommandOutput output, CancellationToken cancellationToken)
    {
        AskCase[] cases = [.. CommandFailure.Reading(file, () => File.ReadAllLines(file)).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize(l, CommandLineJson.Readable.AskCase)!)];
        var answering = Answering.ForUser(new CSharpWorkspace(_ => { }), problem => output.Error.WriteLine($"tritter: {problem}"));
        var results = new List<AskOutcome>();
        using (var progress = new ProgressLine(output, "asking", cases.Length, TimeProvider.System))
        {
            foreach (IGrouping<string, AskCase> repository in cases.GroupBy(c => c.Repository))
            {
                string root = Root(checkouts, repository.First(), cancellationToken);
                // What is measured is a warm index, as an editor has it.
                answering.Ask(root, "warm up", Conversations.NewId(), null, OpenTexts.None, null, cancellationToken);
                foreach (AskCase question in repository)
                {
                    results.Add(Ask(answering, root, question, cancellationToken));
                    progress.Report(results.Count);
                }
            }
        }

        AskReport[] reports = [.. results.GroupBy(r => r.Case.Level).Select(g => AskReport.Of(g.Key, [.. g])), .. results.GroupBy(r => r.Case.Repository).Select(g => AskReport.Of(g.Key, [.. g])), AskReport.Of("all", results)];
        if (isShown)
        {
            foreach (AskOutcome outcome in results.Where(r => r.Score.IsRight == false || r.Score.RecallAt5 < 1 || r.Score.WrongCitations > 0 || r.FirstMs > LateMs))
            {
                output.Out.WriteLine($"{outcome.Case.Question}\n  wanted {outcome.Case.Kind}, recall@5 {outcome.Score.RecallAt5:0.00}, wrong citations {outcome.Score.WrongCitations}, first text after {outcome.FirstMs:0} ms: {outcome.Score.Problem}\n  cited {string.Join(", ", outcome.Answer.Citations.Take(6).Select(c => c.Symbol ?? Path.GetFileName(c.Path)))}");
            }
        }

        output.Out.WriteLine(isJson ? JsonSerializer.Serialize(reports, CommandLineJson.Readable.AskReportArray) : Show(reports));
        return (int)ExitCode.Success;
    }

    private static AskOutcome Ask(Answering answering, string root, AskCase question, CancellationToken cancellationToken)
    {
        double first = 0;
        long start = Stopwatch.GetTimestamp();
        Answer answer = answering.Ask(
            root,
            question.Question,
            Conversations.NewId(),
            null,
            OpenTexts.None,
            _ => first = first == 0 ? Stopwatch.GetElapsedTime(start).TotalMilliseconds : first,
            cancellationToken);
        return new AskOutcome(question, answer, AskScore.Of(question, answer, root, OpenTexts.None.Of), first, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    private static string Root(string checkouts, AskCase question, CancellationToken cancellationToken)
    {
        string root = Path.Combine(checkouts, question.Repository.Split('/')[^1]).Replace('\\', '/');
        return !Directory.Exists(root) ? throw new CommandFailure($"there is no {root}; clone {question.Repository} there and check {question.Commit[..8]} out")
            : GitHistory.Head(root, cancellationToken) is { } head && head != question.Commit ? throw new CommandFailure($"{root} is at {head[..8]}, but the answers hold for {question.Commit[..8]}; check that out")
            : root;
    }

    private static string Show(AskReport[] reports) => string.Join(Environment.NewLine,
    [
        "questions          n  exact right   recall@1  recall@5  wrong cit.  first text p50/p95 ms  total p50/p95 ms",
        .. reports.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{r.Questions,-16} {r.Count,3}  {r.ExactRight,4}/{r.Exact,-3} {(r.Exact > 0 ? (double)r.ExactRight / r.Exact : 1),6:P0}  {r.RecallAt1,7:P0}  {r.RecallAt5,8:P0}  {r.WrongCitations,4}/{r.Citations,-5}  {r.FirstMsP50,10:0} /{r.FirstMsP95,6:0}    {r.TotalMsP50,8:0} /{r.TotalMsP95,6:0}")),
    ]);
}

/// <summary>One question, answered.</summary>
internal sealed record AskOutcome(AskCase Case, Answer Answer, AskScore Score, double FirstMs, double TotalMs);

/// <summary>What <c>tritter eval ask --json</c> prints for a group of questions.</summary>
/// <param name="Exact">Questions of exact kinds.</param>
/// <param name="ExactRight">Those of them that were answered entirely right.</param>
/// <param name="WrongCitations">Stale, or with another text than their hash says.</param>
internal sealed record AskReport(
    string Questions, int Count, int Exact, int ExactRight, double RecallAt1, double RecallAt5, int Citations, int WrongCitations, double FirstMsP50, double FirstMsP95, double TotalMsP50, double TotalMsP95)
{
    public static AskReport Of(string name, IReadOnlyList<AskOutcome> outcomes) => new(
        name,
        outcomes.Count,
        outcomes.Count(o => o.Score.IsRight is not null),
        outcomes.Count(o => o.Score.IsRight == true),
        outcomes.Average(o => o.Score.RecallAt1),
        outcomes.Average(o => o.Score.RecallAt5),
        outcomes.Sum(o => o.Answer.Citations.Count),
        outcomes.Sum(o => o.Score.WrongCitations),
        At(outcomes, 0.5, o => o.FirstMs),
        At(outcomes, 0.95, o => o.FirstMs),
        At(outcomes, 0.5, o => o.TotalMs),
        At(outcomes, 0.95, o => o.TotalMs));

    private static double At(IReadOnlyList<AskOutcome> outcomes, double share, Func<AskOutcome, double> value) =>
        outcomes.Select(value).Order().ElementAt((int)Math.Min(outcomes.Count - 1, share * outcomes.Count));
}
