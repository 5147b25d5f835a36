using Tritter.Core.Answers;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Ask;

/// <summary>How one thing gets to another: the shortest chain of calls, with interfaces followed to what implements them.</summary>
internal static class PathAnswer
{
    private const int MostSteps = 12;
    private const int MostVisited = 2000;

    public static void Write(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> from, IReadOnlyList<CodeSymbol> target, CancellationToken cancellationToken)
    {
        if (Find(graph, from, target, cancellationToken) is { } path)
        {
            Show(to, graph, from[0], target[0], path, isReversed: false);
        }
        else if (Find(graph, target, from, cancellationToken) is { } reversed)
        {
            Show(to, graph, target[0], from[0], reversed, isReversed: true);
        }
        else
        {
            to.Paragraph($"No chain of up to {MostSteps} calls leads from {AnswerWriter.Code(from[0].Name)}{GraphAnswers.Cite(to, graph, from[0])} to {AnswerWriter.Code(target[0].Name)}{GraphAnswers.Cite(to, graph, target[0])}.");
        }
    }

    private static void Show(AnswerWriter to, ICodeGraph graph, CodeSymbol from, CodeSymbol target, IReadOnlyList<Step> path, bool isReversed)
    {
        string lead = isReversed ? $"Calls lead the other way, from {AnswerWriter.Code(from.Name)} to {AnswerWriter.Code(target.Name)}" : $"{AnswerWriter.Code(from.Name)} gets to {AnswerWriter.Code(target.Name)}";
        to.Paragraph($"{lead} in {Count(path.Count - 1, "step")}:");
        to.Line();
        for (int i = 0; i < path.Count; i++)
        {
            Step step = path[i];
            string how = step.Call is { } call ? $", called here{to.Cite(call.Path, graph.Text(call.Path)!, call.Start, call.Length, path[i - 1].Symbol.Qualified)}" : i > 0 ? ", which implements or overrides it" : "";
            to.Line($"{i + 1}. {AnswerWriter.Code(step.Symbol.Name)}{GraphAnswers.Cite(to, graph, step.Symbol)}{how}");
        }
    }

    /// <summary>Breadth first; null when there is no way.</summary>
    private static IReadOnlyList<Step>? Find(ICodeGraph graph, IReadOnlyList<CodeSymbol> from, IReadOnlyList<CodeSymbol> target, CancellationToken cancellationToken)
    {
        HashSet<string> ends = [.. target.Select(Key)];
        string[] types = [.. target.Where(IsType).Select(t => t.Qualified + ".")];
        var seen = new HashSet<string>(from.Select(Key), StringComparer.Ordinal);
        var open = new Queue<Step>(from.Select(f => new Step(f, null, null, 0)));
        while (open.TryDequeue(out Step? step) && seen.Count < MostVisited)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (step.Depth > 0 && (ends.Contains(Key(step.Symbol)) || types.Any(t => step.Symbol.Qualified.StartsWith(t, StringComparison.Ordinal))))
            {
                var path = new List<Step>();
                for (Step? at = step; at is not null; at = at.Before)
                {
                    path.Insert(0, at);
                }

                return path;
            }

            if (step.Depth >= MostSteps)
            {
                continue;
            }

            foreach (CodeCall call in graph.Calls(step.Symbol, cancellationToken))
            {
                Add(new Step(call.Callee, call, step, step.Depth + 1));
            }

            if (!IsType(step.Symbol))
            {
                foreach (CodeSymbol derived in graph.Derived(step.Symbol, cancellationToken))
                {
                    Add(new Step(derived, null, step, step.Depth + 1));
                }
            }
        }

        return null;

        void Add(Step next)
        {
            if (seen.Add(Key(next.Symbol)))
            {
                open.Enqueue(next);
            }
        }
    }

    private static string Key(CodeSymbol symbol) => $"{symbol.Path}|{symbol.Qualified}|{symbol.Signature}";

    private static bool IsType(CodeSymbol symbol) => symbol.Kind.Split(' ')[^1] is "class" or "interface" or "struct" or "record" or "type" or "enum";

    private sealed record Step(CodeSymbol Symbol, CodeCall? Call, Step? Before, int Depth);
}
