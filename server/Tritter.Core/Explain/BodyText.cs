using Microsoft.CodeAnalysis;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The texts about what a body or a selection does.</summary>
internal static class BodyText
{
    public static void WriteCalls(AnswerWriter to, IReadOnlyList<Touched> calls, int most, CancellationToken cancellationToken)
    {
        Touched[] own = [.. calls.Where(c => SymbolIdentity.IsOwn(c.Symbol))];
        Touched[] others = [.. calls.Where(c => !SymbolIdentity.IsOwn(c.Symbol))];
        if (own.Length > 0)
        {
            to.Paragraph("**Calls:**");
            to.Line();
            foreach (Touched call in own.Take(most))
            {
                string says = Declarations.First(call.Symbol, cancellationToken) is { } declaration && Declarations.DocComment(declaration) is { } comment && DocComment.Of(comment) is { Summary.Length: > 0 } doc
                    ? $": {DocComment.FirstSentence(doc.Summary)}"
                    : "";
                to.Line($"- {AnswerWriter.Code(SymbolNames.Short(call.Symbol))}{(call.Places.Count > 1 ? $" ({call.Places.Count} times)" : "")}{to.CiteAll(call.Places, 2)}{(says.Length > 0 ? says + to.CiteDeclaration(call.Symbol, cancellationToken) : "")}");
            }

            if (own.Length > most)
            {
                to.Line($"- and {own.Length - most} more");
            }
        }

        if (others.Length > 0)
        {
            string[] names = [.. others.Take(most).Select(c => AnswerWriter.Code(SymbolNames.Short(c.Symbol)) + to.CiteAll(c.Places, 1).Replace(" and", ", and", StringComparison.Ordinal))];
            to.Paragraph($"**Calls of libraries:** {string.Join(", ", names)}{(others.Length > most ? $" and {others.Length - most} others" : "")}.");
        }
    }

    public static void WriteData(AnswerWriter to, IReadOnlyList<Touched> reads, IReadOnlyList<Touched> writes, CancellationToken cancellationToken)
    {
        // What never changes is no data.
        Write("Reads", [.. reads.Where(r => SymbolIdentity.IsOwn(r.Symbol) && r.Symbol is not IFieldSymbol { IsConst: true })]);
        Write("Writes", writes);

        void Write(string verb, IReadOnlyList<Touched> touched)
        {
            if (touched.Count > 0)
            {
                string[] names = [.. touched.Take(12).Select(t => AnswerWriter.Code(SymbolNames.Short(t.Symbol)) + to.CiteAll(t.Places.Take(2)))];
                to.Paragraph($"**{verb}:** {string.Join(", ", names)}{(touched.Count > 12 ? $" and {touched.Count - 12} others" : "")}.");
            }
        }
    }

    public static void WriteThrows(AnswerWriter to, IReadOnlyList<Thrown> throws)
    {
        if (throws.Count == 0)
        {
            return;
        }

        to.Paragraph("**Throws:**");
        to.Line();
        foreach (Thrown thrown in throws)
        {
            string what = thrown.Exception is { } name ? AnswerWriter.Code(name) : "what it caught";
            to.Line($"- {what}{(thrown.When is { } when ? " " + when : "")}{to.Cite(thrown.Place)}");
        }
    }

    public static void WriteAsync(AnswerWriter to, AsyncFacts facts)
    {
        var sentences = new List<string>();
        if (facts.IsAsync)
        {
            sentences.Add(facts.Awaits.Count == 0 ? "Asynchronous, but awaits nothing." : $"Asynchronous, with {Count(facts.Awaits.Count, "await")}{to.CiteAll(facts.Awaits, 3)}.");
            if (!facts.ReturnsTask)
            {
                sentences.Add("Nobody can await it: it returns no task.");
            }
        }
        else if (facts.ReturnsTask)
        {
            sentences.Add("Returns a task without being `async` itself.");
        }

        if (facts.Cancellation is { } token)
        {
            sentences.Add(facts.PassedOn.Count > 0 ? $"Passes {AnswerWriter.Code(token.Name)} on{to.CiteAll(facts.PassedOn, 3)}." : $"Takes {AnswerWriter.Code(token.Name)} and passes it to nothing.");
        }

        if (facts.Blocking.Count > 0)
        {
            sentences.Add($"Blocks its thread on a task{to.CiteAll(facts.Blocking, 3)}.");
        }

        if (sentences.Count > 0)
        {
            to.Paragraph($"**Waiting:** {string.Join(' ', sentences)}");
        }
    }

    public static void WriteDisposal(AnswerWriter to, DisposalFacts facts, string declaration)
    {
        var sentences = new List<string>();
        if (facts.Disposed.Count > 0)
        {
            sentences.Add($"Disposes of {And([.. facts.Disposed.Take(4).Select(d => $"{AnswerWriter.Code(d.Type)} by `using`{to.Cite(d.Place)}")])}.");
        }

        if (facts.Kept.Count > 0)
        {
            sentences.Add($"Creates {And([.. facts.Kept.Take(4).Select(k => $"{AnswerWriter.Code(k.Type)}{to.Cite(k.Place)}")])} without `using`.");
        }

        if (facts.Returned is { } returned)
        {
            sentences.Add($"Returns {AnswerWriter.Code(returned)}, which is disposable{declaration}.");
        }

        if (sentences.Count > 0)
        {
            to.Paragraph($"**Disposal:** {string.Join(' ', sentences)}");
        }
    }

    public static void WriteComplexity(AnswerWriter to, Complexity complexity, string citation)
    {
        string parts = complexity.Branches.Count > 0 ? $": {string.Join(", ", complexity.Branches.Select(b => $"{b.Value} × `{b.Key}`"))}" : ", it does not branch";
        to.Paragraph($"**Cyclomatic complexity** {complexity.Value}{parts}.{citation}");
    }
}
