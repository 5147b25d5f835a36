using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using Tritter.Core.Explain;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Ask;

/// <summary>Explains code of languages without a compiler here, by its declarations and names.</summary>
public static class NameExplainer
{
    private const int MostUsers = 8;

    /// <returns>What was explained: <c>symbol</c> or <c>file</c>; null when nothing is known about the file.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static string? Explain(AskSources sources, ExplainRequest request, AnswerWriter to, CancellationToken cancellationToken)
    {
        ICodeGraph? graph = sources.Graphs.FirstOrDefault(g => g.InFile(request.Path, cancellationToken).Count > 0);
        if (graph is null)
        {
            return null;
        }

        CodeSymbol? symbol = request.Start is { } offset ? Symbol(graph, request, offset, cancellationToken) : null;
        if (symbol is null)
        {
            FileAnswer.Write(to, graph, request.Path, graph.Text(request.Path), cancellationToken);
            return "file";
        }

        GraphAnswers.Definition(to, graph, [symbol], cancellationToken);
        CodeUse[] uses = [.. graph.Uses(symbol, cancellationToken).Where(u => u.Within is null || u.Within.Qualified != symbol.Qualified)];
        var users = uses.Where(u => !u.IsTest).GroupBy(u => u.Within?.Qualified + "|" + u.Path).ToList();
        if (users.Count > 0)
        {
            to.Paragraph($"**Used**, by its name, in {Count(users.Count, "member")}:");
            to.Line();
            foreach (var user in users.Take(MostUsers))
            {
                to.Line($"- {GraphAnswers.Within(user.First())}{string.Concat(user.Take(3).Select(u => GraphAnswers.Cite(to, graph, u)))}");
            }

            if (users.Count > MostUsers)
            {
                to.Line($"- and {users.Count - MostUsers} more");
            }
        }

        var tests = graph.Tests(symbol, cancellationToken);
        if (tests.Count > 0)
        {
            to.Paragraph($"**Tested by** {And([.. tests.Take(6).Select(t => AnswerWriter.Code(t.Test.Name) + GraphAnswers.Cite(to, graph, t.Use, t.Test))])}{(tests.Count > 6 ? $" and {tests.Count - 6} more" : "")}.");
        }

        if (graph.Derived(symbol, cancellationToken) is { Count: > 0 } derived)
        {
            to.Paragraph($"**Base of** {And([.. derived.Take(MostUsers).Select(d => AnswerWriter.Code(d.Name) + GraphAnswers.Cite(to, graph, d))])}.");
        }

        var calls = graph.Calls(symbol, cancellationToken).GroupBy(c => c.Callee.Qualified).ToList();
        if (calls.Count > 0)
        {
            to.Paragraph("**Calls:**");
            to.Line();
            foreach (var call in calls.Take(12))
            {
                CodeSymbol callee = call.First().Callee;
                to.Line($"- {AnswerWriter.Code(callee.Name)}{string.Concat(call.Take(2).Select(c => to.Cite(c.Path, graph.Text(c.Path)!, c.Start, c.Length)))}{(callee.Doc.Length > 0 ? $": {DocComment.FirstSentence(callee.Doc)}{GraphAnswers.Cite(to, graph, callee)}" : "")}");
            }
        }

        return "symbol";
    }

    /// <summary>What the name at an offset means, if it is declared here; else what is declared around it.</summary>
    private static CodeSymbol? Symbol(ICodeGraph graph, ExplainRequest request, int offset, CancellationToken cancellationToken)
    {
        string name = request.IsWholeLine ? "" : NameAt(request.Text, offset);
        IReadOnlyList<CodeSymbol> inFile = graph.InFile(request.Path, cancellationToken);
        if (name.Length > 0 && graph.Find(name, cancellationToken) is { Count: > 0 } found)
        {
            return found.FirstOrDefault(s => s.Path == request.Path) ?? found[0];
        }

        int lineEnd = request.Text.IndexOf('\n', Math.Min(offset, request.Text.Length)) is var end and >= 0 ? end : request.Text.Length;
        return inFile.Where(s => s.Start <= (request.IsWholeLine ? lineEnd : offset) && offset < s.Start + Extent(s)).MinBy(Extent);
    }

    private static int Extent(CodeSymbol symbol) => symbol.Handle is NamedPlace place ? place.Definition.Length : symbol.Length;

    public static string NameAt(string text, int offset)
    {
        int start = Math.Min(offset, text.Length);
        int end = start;
        while (start > 0 && IsPart(text[start - 1]))
        {
            start--;
        }

        while (end < text.Length && IsPart(text[end]))
        {
            end++;
        }

        return text[start..end];
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
