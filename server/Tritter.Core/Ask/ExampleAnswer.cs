using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Ask;

/// <summary>How something is used: pieces of code that use it, short ones first.</summary>
internal static class ExampleAnswer
{
    private const int MostExamples = 3;
    private const int LinesAround = 2;

    public static void Write(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        CodeSymbol symbol = symbols[0];
        CodeUse[] uses = [.. symbols.Take(graph.IsCertain ? 4 : 1).SelectMany(s => graph.Uses(s, cancellationToken)).Where(u => u.Within is not null && u.Path != symbol.Path)
            .OrderBy(u => u.Kind == UseKind.Call ? 0 : u.Kind is UseKind.Write or UseKind.Read ? 1 : 2).ThenBy(u => u.IsTest ? 0 : 1).DistinctBy(u => u.Within!.Qualified)];
        if (uses.Length == 0)
        {
            to.Paragraph($"No other file of this repository uses {AnswerWriter.Code(symbol.Name)}{GraphAnswers.Cite(to, graph, symbol)}.");
            return;
        }

        to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{GraphAnswers.Cite(to, graph, symbol)} is used in {Count(uses.Length, "member")} of other files, for example:");
        foreach (CodeUse use in uses.Take(MostExamples))
        {
            to.Paragraph($"In {GraphAnswers.Within(use)}{GraphAnswers.Cite(to, graph, use)}:");
            to.Paragraph($"```{GraphAnswers.Language(use.Path)}\n{Excerpt.Around(graph.Text(use.Path)!, use.Start, use.Start + use.Length, LinesAround)}\n```");
        }
    }
}
