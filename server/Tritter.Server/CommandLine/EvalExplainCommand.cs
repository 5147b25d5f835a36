using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.Completion;
using Tritter.Core.CSharp;
using Tritter.Core.Evaluation;
using Tritter.Core.Explain;
using Tritter.Inference;
using Tritter.Repository.Projects;

namespace Tritter.Server.CommandLine;

/// <summary><c>tritter eval explain DIR</c>: the facts of explanations against another computation of them, and the model's summaries against the comments that people wrote.</summary>
internal static class EvalExplainCommand
{
    private const int ShownPairs = 10;
    private const int MostOfOne = 300;

    public static Command Create(CommandOutput output)
    {
        var folder = new Argument<string>("DIR") { Description = "A repository with C# projects. Nothing is written there." };
        Option<int> count = ModelOptions.Whole("--n", "Members whose facts are checked; those with a doc comment come first.", 200, 1, 100_000);
        Option<int> summaries = ModelOptions.Whole("--summaries", "Members that the model summarises, their doc comments hidden; 0 does without the model.", 0, 0, 100_000);
        Option<int> seed = ModelOptions.Whole("--seed", "Chooses the members.", 1, 0, int.MaxValue);
        Option<string?> model = ModelOptions.Model();
        Option<int> threads = ModelOptions.Threads();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("explain", "Check the facts of explanations of a repository's members, and measure the model's summaries.") { folder, count, summaries, seed, model, threads, json };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                string root = Path.GetFullPath(parsed.GetRequiredValue(folder));
                if (!Directory.Exists(root))
                {
                    throw new CommandFailure($"{parsed.GetRequiredValue(folder)} is no folder");
                }

                CSharpSolution solution = new LiveSolution(root, new CSharpWorkspace(_ => { })).Current(new Dictionary<string, string>(), cancellationToken);
                ISymbol[] members = Members(solution, parsed.GetValue(count), parsed.GetValue(seed), cancellationToken);
                (string Member, string Difference)[] wrong = Facts(solution, members, output, cancellationToken);
                SummaryPair[] pairs = parsed.GetValue(summaries) > 0
                    ? Summaries(members, parsed.GetValue(summaries), ModelDirectory.Find(parsed.GetValue(model)), parsed.GetValue(threads), output, cancellationToken)
                    : [];
                var report = new ExplainReport(
                    members.Length,
                    members.Length - wrong.Select(w => w.Member).Distinct().Count(),
                    [.. wrong.Select(w => $"{w.Member}: {w.Difference}")],
                    pairs.Length,
                    pairs.Count(p => p.Said is not null),
                    pairs.Length == 0 ? 0 : pairs.Where(p => p.Said is not null).Select(p => p.RougeL).DefaultIfEmpty(0).Average(),
                    pairs.Length == 0 ? 0 : pairs.Average(p => p.NameRougeL),
                    [.. pairs.Where(p => p.Said is not null).Take(ShownPairs)]);
                output.Out.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, CommandLineJson.Readable.ExplainReport) : Show(report));
                return (int)(wrong.Length == 0 ? ExitCode.Success : ExitCode.Failure);
            },
            cancellationToken));
        return command;
    }

    private static ISymbol[] Members(CSharpSolution solution, int count, int seed, CancellationToken cancellationToken)
    {
        ISymbol[] all =
        [
            .. RelatedSymbols.Types(solution, cancellationToken).SelectMany(t => t.GetMembers())
                .Where(m => m is IMethodSymbol { MethodKind: MethodKind.Ordinary or MethodKind.Constructor } or IPropertySymbol or IFieldSymbol && !m.IsImplicitlyDeclared && m is not IMethodSymbol { AssociatedSymbol: not null } && SymbolIdentity.Key(m) is not null
                    && !RelatedSymbols.IsTest(m) && Declarations.First(m, cancellationToken) is { } d && (m is not IMethodSymbol { MethodKind: MethodKind.Constructor } || d is ConstructorDeclarationSyntax))
                .OrderBy(m => SymbolIdentity.Key(m), StringComparer.Ordinal),
        ];
        new Random(seed).Shuffle(all);
        return [.. all.OrderBy(m => Comment(m, cancellationToken).Length > 0 ? 0 : 1).Take(count)];
    }

    private static (string, string)[] Facts(CSharpSolution solution, ISymbol[] members, CommandOutput output, CancellationToken cancellationToken)
    {
        var check = new FactCheck(solution, cancellationToken);
        using var progress = new ProgressLine(output, "checking facts", members.Length, TimeProvider.System);
        var wrong = new List<(string, string)>();
        for (int i = 0; i < members.Length; i++)
        {
            wrong.AddRange(check.Differences(FactsOfMember.Gather(solution, members[i], cancellationToken)).Select(d => (SymbolNames.Qualified(members[i]), d)));
            progress.Report(i + 1);
        }

        return [.. wrong];
    }

    private static SummaryPair[] Summaries(ISymbol[] members, int count, string model, int threads, CommandOutput output, CancellationToken cancellationToken)
    {
        using InferenceEngine engine = InferenceEngine.Load(model, threads);
        using var completer = new Completer(engine);
        ISymbol[] commented = [.. members.Where(m => m is IMethodSymbol or IPropertySymbol && Comment(m, cancellationToken).Length > 0).Take(count)];
        using var progress = new ProgressLine(output, "summarising", commented.Length, TimeProvider.System);
        var pairs = new List<SummaryPair>();
        foreach (ISymbol member in commented)
        {
            string written = Comment(member, cancellationToken);
            string? said = MemberSummary.Of(Declarations.First(member, cancellationToken)!, (request, token) => completer.Complete(request, null, token), cancellationToken);
            // What the name alone would score: splitting it into words costs no model.
            string name = string.Concat(member.Name.Select(c => char.IsUpper(c) ? $" {c}" : c.ToString()));
            pairs.Add(new SummaryPair(SymbolNames.Short(member), written, said, said is null ? 0 : RougeL.F1(written, said), RougeL.F1(written, name)));
            progress.Report(pairs.Count);
        }

        return [.. pairs];
    }

    private static string Comment(ISymbol member, CancellationToken cancellationToken) =>
        Declarations.First(member, cancellationToken) is { } declaration && Declarations.DocComment(declaration) is { } comment ? DocComment.Of(comment).Summary : "";

    private static string Show(ExplainReport report)
    {
        IEnumerable<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"facts right of {report.FactsRight} of {report.Members} members"),
            .. report.Differences.Take(20).Select(d => $"  {(d.Length > MostOfOne ? d[..MostOfOne] + "…" : d)}"),
        ];
        if (report.Summaries > 0)
        {
            lines =
            [
                .. lines,
                string.Create(CultureInfo.InvariantCulture, $"summaries shown for {report.SummariesShown} of {report.Summaries}, ROUGE-L {report.RougeL:0.000} with what people wrote; the name's words alone have {report.NameRougeL:0.000}"),
                .. report.Pairs.Select(p => string.Create(CultureInfo.InvariantCulture, $"  {p.Member} ({p.RougeL:0.00})\n    written: {p.Written}\n    model:   {p.Said}")),
            ];
        }

        return string.Join(Environment.NewLine, lines);
    }
}

/// <summary>What <c>tritter eval explain --json</c> prints.</summary>
/// <param name="Members">How many were checked.</param>
/// <param name="FactsRight">Those of them with no difference.</param>
/// <param name="SummariesShown">Summaries that were not left out.</param>
/// <param name="RougeL">Mean F1 of those, against the comments that people wrote.</param>
/// <param name="NameRougeL">The same of the words of the member's name, for all.</param>
internal sealed record ExplainReport(
    int Members, int FactsRight, string[] Differences, int Summaries, int SummariesShown, double RougeL, double NameRougeL, SummaryPair[] Pairs);

/// <summary>A member's comment, and what the model said instead; null when that was left out.</summary>
internal sealed record SummaryPair(string Member, string Written, string? Said, double RougeL, double NameRougeL);
