using Microsoft.CodeAnalysis;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about a method, property, field or event: what it is, who uses it, what it does, in that order.</summary>
internal static class MemberExplanation
{
    private const int MostUsers = 8;
    private const int MostCalls = 10;
    private const int MostTests = 6;

    public static void Write(AnswerWriter to, ExplainSources sources, MemberFacts facts, CancellationToken cancellationToken)
    {
        ISymbol symbol = facts.Symbol;
        WriteHead(to, symbol, facts.Doc, facts.Declarations.Count > 0 ? facts.Declarations[0] : null, cancellationToken);
        WriteUsers(to, symbol, facts);
        WriteTests(to, facts);
        WriteFamily(to, facts, cancellationToken);
        WriteParameters(to, facts);
        WriteBody(to, facts, cancellationToken);
        HistoryText.Write(to, sources, facts.Declarations);
    }

    /// <summary>Kind, signature and doc comment.</summary>
    public static void WriteHead(AnswerWriter to, ISymbol symbol, DocComment? doc, SyntaxNode? declaration, CancellationToken cancellationToken)
    {
        string within = symbol.ContainingType is { } type ? $" of {AnswerWriter.Code(SymbolNames.Type(type))}" : symbol.ContainingNamespace is { IsGlobalNamespace: false } space ? $" in the namespace {AnswerWriter.Code(space.ToDisplayString())}" : "";
        string from = declaration is null && symbol.ContainingAssembly is { } assembly ? $", from the assembly {AnswerWriter.Code(assembly.Name)}" : "";
        to.Paragraph($"**{AnswerWriter.Code(SymbolNames.Short(symbol))}** is {SymbolNames.Kind(symbol)}{within}{from}.{to.CiteDeclaration(symbol, cancellationToken)}");
        to.Paragraph($"```csharp\n{SymbolNames.Signature(symbol)}\n```");
        if (doc is not null && declaration is not null && doc.Summary.Length > 0)
        {
            to.Paragraph($"> {doc.Summary}{to.Cite(declaration.SyntaxTree, doc.Span)}");
        }
        else if (doc is { Inherits: true } && RelatedSymbols.Bases(symbol) is [{ } inherited, ..])
        {
            to.Paragraph($"Its comment is that of {AnswerWriter.Code(SymbolNames.Short(inherited))}{to.CiteDeclaration(inherited, cancellationToken)}{Inherited(to, inherited, cancellationToken)}");
        }

        if (doc is { Returns.Length: > 0 } && declaration is not null)
        {
            to.Paragraph($"**Returns:** {doc.Returns}{to.Cite(declaration.SyntaxTree, doc.Span)}");
        }
    }

    private static string Inherited(AnswerWriter to, ISymbol inherited, CancellationToken cancellationToken) =>
        Declarations.First(inherited, cancellationToken) is { } declaration && Declarations.DocComment(declaration) is { } comment && DocComment.Of(comment) is { Summary.Length: > 0 } doc
            ? $": {doc.Summary}{to.Cite(declaration.SyntaxTree, doc.Span)}"
            : ".";

    private static void WriteUsers(AnswerWriter to, ISymbol symbol, MemberFacts facts)
    {
        User[] users = [.. facts.Users.Where(u => !RelatedSymbols.IsTest(u.Member))];
        bool isCalled = symbol is IMethodSymbol;
        if (users.Length == 0 && facts.ThroughBase.Count == 0)
        {
            if (facts.Declarations.Count > 0)
            {
                string outside = symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal ? " It is visible outside, so others may." : "";
                to.Paragraph($"**Used by** nothing in these projects{(facts.Tests.Count > 0 ? " but tests" : "")}{(RelatedSymbols.IsTest(symbol) ? "; it is a test" : "")}.{outside}");
            }

            return;
        }

        if (users.Length > 0)
        {
            int uses = users.Sum(u => u.Uses.Count);
            to.Paragraph($"**{(isCalled ? "Called by" : "Used by")}** {Count(users.Length, "member")} at {Count(uses, "place")}:");
            to.Line();
            WriteUserList(to, users);
        }

        if (facts.ThroughBase.Count > 0)
        {
            string through = And([.. facts.Bases.Where(SymbolIdentity.IsOwn).Take(3).Select(b => AnswerWriter.Code(SymbolNames.Short(b)))]);
            to.Paragraph($"**Called through** {through} by {Count(facts.ThroughBase.Count, "member")}, which may reach this one:");
            to.Line();
            WriteUserList(to, facts.ThroughBase);
        }
    }

    public static void WriteUserList(AnswerWriter to, IReadOnlyList<User> users)
    {
        foreach (User user in users.Take(MostUsers))
        {
            string how = How(user.Uses);
            to.Line($"- {AnswerWriter.Code(SymbolNames.Short(user.Member))}{how}{to.CiteAll(user.Uses.Select(u => new Place(u.Tree, u.Statement)), 3)}");
        }

        if (users.Count > MostUsers)
        {
            to.Line($"- and {users.Count - MostUsers} more members with {Count(users.Skip(MostUsers).Sum(u => u.Uses.Count), "use")}");
        }
    }

    private static string How(IReadOnlyList<SymbolUse> uses)
    {
        int Times(params UseKind[] kinds) => uses.Count(u => kinds.Contains(u.Kind));
        var words = new List<string>();
        void Add(int count, string noun)
        {
            if (count > 0)
            {
                words.Add(Count(count, noun));
            }
        }

        Add(Times(UseKind.Call), "call");
        Add(Times(UseKind.Read, UseKind.ReadWrite), "read");
        Add(Times(UseKind.Write, UseKind.ReadWrite), "write");
        Add(Times(UseKind.Value), "use");
        Add(Times(UseKind.Name), "mention");
        return words is ["1 call"] ? "" : $" ({string.Join(", ", words)})";
    }

    private static void WriteTests(AnswerWriter to, MemberFacts facts)
    {
        if (facts.Tests.Count == 0)
        {
            return;
        }

        to.Paragraph($"**Tested by** {Count(facts.Tests.Count, "test")}:");
        to.Line();
        foreach (TestUse test in facts.Tests.Take(MostTests))
        {
            to.Line($"- {AnswerWriter.Code(SymbolNames.Short(test.Test))}{(test.Through is { } helper ? $" through {AnswerWriter.Code(helper.Name)}" : "")}{to.Cite(test.Use.Tree, test.Use.Statement, test.Test)}");
        }

        if (facts.Tests.Count > MostTests)
        {
            to.Line($"- and {facts.Tests.Count - MostTests} more");
        }
    }

    private static void WriteFamily(AnswerWriter to, MemberFacts facts, CancellationToken cancellationToken)
    {
        if (facts.Bases.Count > 0)
        {
            to.Paragraph($"**{(facts.Bases[0].ContainingType?.TypeKind == TypeKind.Interface ? "Implements" : "Overrides")}** {And([.. facts.Bases.Select(b => AnswerWriter.Code(SymbolNames.Short(b)) + to.CiteDeclaration(b, cancellationToken))])}.");
        }

        if (facts.Derived.Count > 0)
        {
            string verb = facts.Symbol.ContainingType?.TypeKind == TypeKind.Interface ? "Implemented" : "Overridden";
            to.Paragraph($"**{verb} by** {And([.. facts.Derived.Take(MostUsers).Select(d => AnswerWriter.Code(SymbolNames.Short(d)) + to.CiteDeclaration(d, cancellationToken))])}{(facts.Derived.Count > MostUsers ? $" and {facts.Derived.Count - MostUsers} more" : "")}.");
        }
    }

    private static void WriteParameters(AnswerWriter to, MemberFacts facts)
    {
        if (facts.Parameters.Count == 0)
        {
            return;
        }

        bool hasBody = facts.Symbol is not { IsAbstract: true } && facts.Declarations.Any(d => d is not Microsoft.CodeAnalysis.CSharp.Syntax.TypeDeclarationSyntax);
        to.Paragraph("**Parameters:**");
        to.Line();
        foreach (ParameterUse use in facts.Parameters)
        {
            string said = facts.Doc is { } doc && doc.Parameters.GetValueOrDefault(use.Parameter.Name) is { Length: > 0 } words && facts.Declarations.Count > 0
                ? $" {words}{to.Cite(facts.Declarations[0].SyntaxTree, doc.Span)}"
                : "";
            string used = use.Uses.Count > 0 ? $" {Sentence(Uses(to, use))}." : hasBody ? " The body does not use it." : "";
            to.Line($"- {AnswerWriter.Code(use.Parameter.Name)} ({AnswerWriter.Code(SymbolNames.Type(use.Parameter.Type))}{(use.Parameter.HasExplicitDefaultValue ? ", optional" : "")}):{said}{used}".TrimEnd(':'));
        }
    }

    /// <summary>"passed to `A` [1] and `B` [2]; `Length` read [3]".</summary>
    private static string Uses(AnswerWriter to, ParameterUse parameter)
    {
        const string passed = "passed to ";
        var groups = parameter.Uses.GroupBy(u => u.Use).Take(6).Select(g => (g.Key, Cited: to.CiteAll(g.Select(u => u.Place), 2))).ToList();
        string[] passedTo = [.. groups.Where(g => g.Key.StartsWith(passed, StringComparison.Ordinal)).Select(g => g.Key[passed.Length..] + g.Cited)];
        string[] others = [.. groups.Where(g => !g.Key.StartsWith(passed, StringComparison.Ordinal)).Select(g => g.Key + g.Cited)];
        return string.Join("; ", passedTo.Length > 0 ? [passed + And(passedTo), .. others] : others);
    }

    private static string Sentence(string text) => char.IsLower(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;

    private static void WriteBody(AnswerWriter to, MemberFacts facts, CancellationToken cancellationToken)
    {
        BodyText.WriteCalls(to, facts.Calls, MostCalls, cancellationToken);
        BodyText.WriteData(to, facts.Reads, facts.Writes, cancellationToken);
        BodyText.WriteThrows(to, facts.Throws);
        BodyText.WriteAsync(to, facts.Async);
        BodyText.WriteDisposal(to, facts.Disposal, facts.Declarations.Count > 0 ? to.CiteDeclaration(facts.Symbol, cancellationToken) : "");
        if (facts.Declarations.Count > 0 && facts.Symbol is IMethodSymbol or IPropertySymbol && facts.Symbol is { IsAbstract: false })
        {
            BodyText.WriteComplexity(to, facts.Complexity, to.Cite(facts.Declarations[0].SyntaxTree, facts.Declarations[0].Span, facts.Symbol));
        }
    }
}
