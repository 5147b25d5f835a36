using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Ask;

/// <summary>What is in a file.</summary>
internal static class FileAnswer
{
    private const int MostDeclarations = 40;

    public static void Write(AnswerWriter to, ICodeGraph? graph, string path, string? text, CancellationToken cancellationToken)
    {
        IReadOnlyList<CodeSymbol> symbols = graph?.InFile(path, cancellationToken) ?? [];
        if (graph is null || text is null || text.Length == 0)
        {
            return;
        }

        int firstLine = text.AsSpan().IndexOfAny('\r', '\n') is var end and >= 0 ? end : text.Length;
        to.Paragraph($"**{AnswerWriter.Code(Path.GetFileName(path))}** has {Count(text.AsSpan().Count('\n') + 1, "line")} and {Count(symbols.Count, "declaration")}.{to.Cite(path, text, 0, Math.Max(1, firstLine))}");
        if (symbols.Count > 0)
        {
            to.Line();
        }

        // Of a long file what stands outermost says most.
        IEnumerable<CodeSymbol> shown = symbols.Count <= MostDeclarations ? symbols : symbols.Where(s => !symbols.Any(o => s.Qualified.StartsWith(o.Qualified + ".", StringComparison.Ordinal))).Take(MostDeclarations);
        foreach (CodeSymbol symbol in shown)
        {
            to.Line($"- {AnswerWriter.Code(symbol.Signature.Length > 160 ? symbol.Name : symbol.Signature)}{(symbol.Doc.Length > 0 ? ": " + DocComment.FirstSentence(symbol.Doc) : "")}{GraphAnswers.Cite(to, graph, symbol)}");
        }

        if (symbols.Count > MostDeclarations)
        {
            to.Line($"- and {symbols.Count - MostDeclarations} more");
        }
    }
}
