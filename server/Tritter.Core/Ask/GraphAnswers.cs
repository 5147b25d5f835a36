using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Ask;

/// <summary>Answers that follow from a graph of code, one method for each kind of question.</summary>
internal static class GraphAnswers
{
    private const int MostUsers = 40;
    private const int MostPlaces = 4;

    /// <summary>Of declarations with one name those that a question most likely means: of types that are there, types; tests only when nothing else is.</summary>
    public static IReadOnlyList<CodeSymbol> Meant(IReadOnlyList<CodeSymbol> symbols)
    {
        CodeSymbol first = symbols[0];
        return [.. symbols.Where(s => s.Kind == first.Kind || s.Name == first.Name).Take(6)];
    }

    public static void Definition(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            to.Paragraph($"**{AnswerWriter.Code(symbol.Name)}** is {symbol.Kind}, declared in {AnswerWriter.Code(Path.GetFileName(symbol.Path))}.{Cite(to, graph, symbol)}");
            to.Paragraph($"```{Language(symbol.Path)}\n{symbol.Signature}\n```");
            if (symbol.Doc.Length > 0)
            {
                to.Paragraph($"> {symbol.Doc}");
            }
        }

        CodeUse[] uses = [.. graph.Uses(symbols[0], cancellationToken)];
        if (uses.Length > 0)
        {
            to.Paragraph($"It is {(graph.IsCertain ? "used" : "named")} at {Count(uses.Length, "place")}, first in {Within(uses[0])}{Cite(to, graph, uses[0])}.");
        }
    }

    public static void Callers(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken) =>
        Users(to, graph, symbols, "called", u => u.Kind is UseKind.Call or UseKind.Value, cancellationToken);

    public static void References(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken) =>
        Users(to, graph, symbols, "used", _ => true, cancellationToken);

    public static void Writes(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            if (graph.Value(symbol, cancellationToken) is var (text, path, start, length))
            {
                to.Paragraph($"{AnswerWriter.Code(symbol.Name)} is initialised with {AnswerWriter.Code(text)}.{to.Cite(path, graph.Text(path)!, start, length, symbol.Qualified)}");
            }
        }

        Users(to, graph, symbols, "assigned", u => u.Kind is UseKind.Write or UseKind.ReadWrite, cancellationToken);
    }

    public static void Callees(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            var calls = graph.Calls(symbol, cancellationToken).GroupBy(c => c.Callee.Qualified + c.Callee.Signature).ToList();
            if (calls.Count == 0)
            {
                to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} calls nothing of this repository.");
                continue;
            }

            to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} calls {Count(calls.Count, "member")} of this repository:");
            to.Line();
            foreach (IGrouping<string, CodeCall> call in calls.Take(MostUsers))
            {
                CodeSymbol callee = call.First().Callee;
                to.Line($"- {AnswerWriter.Code(callee.Name)}{Cite(to, graph, callee)}{(callee.Doc.Length > 0 ? ": " + DocComment.FirstSentence(callee.Doc) : "")}, here{string.Concat(call.Take(MostPlaces).Select(c => to.Cite(c.Path, graph.Text(c.Path)!, c.Start, c.Length, symbol.Qualified)))}");
            }
        }
    }

    public static void Implementers(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            IReadOnlyList<CodeSymbol> derived = graph.Derived(symbol, cancellationToken);
            string verb = symbol.Kind.Contains("interface", StringComparison.Ordinal) ? "is implemented by" : symbol.Kind.Contains("class", StringComparison.Ordinal) || symbol.Kind.Contains("type", StringComparison.Ordinal) || symbol.Kind.Contains("record", StringComparison.Ordinal) ? "is the base of" : "is overridden or implemented by";
            if (derived.Count == 0)
            {
                to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} {verb} nothing in this repository.");
                continue;
            }

            to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} {verb} {derived.Count}:");
            to.Line();
            foreach (CodeSymbol one in derived)
            {
                to.Line($"- {AnswerWriter.Code(one.Name)}{Cite(to, graph, one)}{(one.Doc.Length > 0 ? ": " + DocComment.FirstSentence(one.Doc) : "")}");
            }
        }
    }

    public static void Impact(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        Users(to, graph, symbols, "used", u => !u.IsTest, cancellationToken);
        foreach (CodeSymbol symbol in symbols.Where(s => graph.Derived(s, cancellationToken).Count > 0))
        {
            Implementers(to, graph, [symbol], cancellationToken);
        }

        Tests(to, graph, symbols, cancellationToken);
    }

    public static void Tests(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            IReadOnlyList<(CodeSymbol Test, CodeUse Use)> tests = graph.Tests(symbol, cancellationToken);
            if (tests.Count == 0)
            {
                to.Paragraph($"No test uses {AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} directly.");
                continue;
            }

            to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} is used by {Count(tests.Count, "test")}:");
            to.Line();
            foreach ((CodeSymbol test, CodeUse use) in tests.Take(MostUsers))
            {
                to.Line($"- {AnswerWriter.Code(test.Name)}{Cite(to, graph, use, test)}");
            }

            More(to, tests.Count - MostUsers, "test");
        }
    }

    public static void Value(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, CancellationToken cancellationToken)
    {
        foreach (CodeSymbol symbol in symbols)
        {
            if (graph.Value(symbol, cancellationToken) is var (text, path, start, length))
            {
                to.Paragraph($"{AnswerWriter.Code(symbol.Name)} is {AnswerWriter.Code(text)}.{to.Cite(path, graph.Text(path)!, start, length, symbol.Qualified)}{Cite(to, graph, symbol)}");
                if (symbol.Doc.Length > 0)
                {
                    to.Paragraph($"> {symbol.Doc}");
                }
            }

            CodeUse[] writes = [.. graph.Uses(symbol, cancellationToken).Where(u => u.Kind is UseKind.Write or UseKind.ReadWrite)];
            if (writes.Length > 0)
            {
                to.Paragraph($"It is assigned {(writes.Length == 1 ? "once" : $"at {writes.Length} places")}: {And([.. writes.Take(6).Select(w => $"{Within(w)}{Cite(to, graph, w)}")])}.");
            }
        }

        if (to.Length == 0)
        {
            Definition(to, graph, symbols, cancellationToken);
        }
    }

    public static string Cite(AnswerWriter to, ICodeGraph graph, CodeSymbol symbol) => to.Cite(symbol.Path, graph.Text(symbol.Path)!, symbol.Start, symbol.Length, symbol.Qualified);

    public static string Cite(AnswerWriter to, ICodeGraph graph, CodeUse use, CodeSymbol? within = null) => to.Cite(use.Path, graph.Text(use.Path)!, use.Start, use.Length, (within ?? use.Within)?.Qualified);

    public static string Within(CodeUse use) => use.Within is { } within ? AnswerWriter.Code(within.Name) : AnswerWriter.Code(Path.GetFileName(use.Path));

    public static string Language(string path) => Documents.Languages.OfPath(path) is var id and not "plaintext" ? id : "";

    private static void Users(AnswerWriter to, ICodeGraph graph, IReadOnlyList<CodeSymbol> symbols, string verb, Func<CodeUse, bool> isWanted, CancellationToken cancellationToken)
    {
        // By names alone, declarations that share a name share their uses.
        foreach (CodeSymbol symbol in graph.IsCertain ? symbols : symbols.Take(1))
        {
            CodeUse[] uses = [.. graph.Uses(symbol, cancellationToken).Where(isWanted)];
            string by = graph.IsCertain ? "" : ", by its name";
            string others = graph.IsCertain || symbols.Count == 1 ? "" : $" {symbols.Count} declarations share the name, and these uses are of any of them.";
            if (uses.Length == 0)
            {
                to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} is {verb} nowhere in this repository{by}.");
                continue;
            }

            var users = uses.GroupBy(u => u.Within?.Qualified + u.Within?.Signature + "|" + u.Path).OrderBy(g => g.First().IsTest ? 1 : 0).ToList();
            to.Paragraph($"{AnswerWriter.Code(symbol.Name)}{Cite(to, graph, symbol)} is {verb} in {Count(users.Count, "member")} at {Count(uses.Length, "place")}{by}.{others}");
            to.Line();
            foreach (IGrouping<string, CodeUse> user in users.Take(MostUsers))
            {
                to.Line($"- {Within(user.First())}{(user.First().IsTest ? " (test)" : "")}{string.Concat(user.Take(MostPlaces).Select(u => Cite(to, graph, u)))}{(user.Count() > MostPlaces ? $" and {user.Count() - MostPlaces} more" : "")}");
            }

            More(to, users.Count - MostUsers, "member");
        }
    }

    private static void More(AnswerWriter to, int count, string noun)
    {
        if (count > 0)
        {
            to.Line($"- and {count} more {noun}{(count == 1 ? "" : "s")}");
        }
    }
}
