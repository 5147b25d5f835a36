using Microsoft.CodeAnalysis;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;
using static Tritter.Core.Explain.Citing;

namespace Tritter.Core.Explain;

/// <summary>The text about a class, struct, interface, enum or delegate.</summary>
internal static class TypeExplanation
{
    private const int MostMembers = 25;
    private const int MostNames = 10;

    public static void Write(AnswerWriter to, ExplainSources sources, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        SyntaxNode[] declarations = [.. Declarations.Of(type, cancellationToken)];
        DocComment? doc = declarations.Select(Declarations.DocComment).FirstOrDefault(d => d is not null) is { } comment ? DocComment.Of(comment) : null;
        MemberExplanation.WriteHead(to, type, doc, declarations.FirstOrDefault(d => Declarations.DocComment(d) is not null) ?? declarations.FirstOrDefault(), cancellationToken);
        if (declarations.Length > 1)
        {
            to.Paragraph($"It is declared in {declarations.Length} parts{string.Concat(declarations.Select(d => to.Cite(d.SyntaxTree, Declarations.Header(d), type)))}.");
        }

        WriteFamily(to, sources.Solution, type, cancellationToken);
        WriteUsers(to, sources.Solution, type, cancellationToken);
        WriteMembers(to, type, cancellationToken);
        if (BodyFacts.IsDisposable(type) && declarations.Length > 0)
        {
            to.Paragraph($"**Disposal:** it is disposable, so whoever creates one disposes of it.{to.CiteDeclaration(type, cancellationToken)}");
        }

        HistoryText.Write(to, sources, declarations);
    }

    private static void WriteFamily(AnswerWriter to, CSharpSolution solution, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        ISymbol[] bases =
        [
            .. type.BaseType is { SpecialType: not (SpecialType.System_Object or SpecialType.System_ValueType or SpecialType.System_Enum or SpecialType.System_MulticastDelegate) } b && type.TypeKind == TypeKind.Class ? new ISymbol[] { b } : [],
            .. type.Interfaces.Where(i => !(type.IsRecord && i.Name == "IEquatable")),
        ];
        if (bases.Length > 0)
        {
            to.Paragraph($"**Derives from** {And([.. bases.Select(x => AnswerWriter.Code(SymbolNames.Type((ITypeSymbol)x)) + to.CiteDeclaration(x.OriginalDefinition, cancellationToken))])}.{to.CiteDeclaration(type, cancellationToken)}");
        }

        if (type is { IsSealed: false, IsStatic: false, TypeKind: TypeKind.Class or TypeKind.Interface })
        {
            IReadOnlyList<INamedTypeSymbol> derived = RelatedSymbols.Derived(solution, type, cancellationToken);
            if (derived.Count > 0)
            {
                string verb = type.TypeKind == TypeKind.Interface ? "Implemented by" : "Base of";
                to.Paragraph($"**{verb}** {And([.. derived.Take(MostNames).Select(d => AnswerWriter.Code(SymbolNames.Short(d)) + to.CiteDeclaration(d, cancellationToken))])}{(derived.Count > MostNames ? $" and {derived.Count - MostNames} more" : "")}.");
            }
        }
    }

    private static void WriteUsers(AnswerWriter to, CSharpSolution solution, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        IReadOnlyList<User> users = FactsOfMember.Users(SymbolUses.Find(solution, type, cancellationToken).Where(u => !IsInside(u.Within, type)));
        User[] creators = [.. FactsOfMember.Users(type.InstanceConstructors.SelectMany(c => SymbolUses.Find(solution, c, cancellationToken))).Where(u => !RelatedSymbols.IsTest(u.Member))];
        if (creators.Length > 0)
        {
            to.Paragraph($"**Created by** {Count(creators.Length, "member")}:");
            to.Line();
            MemberExplanation.WriteUserList(to, creators);
        }

        var byType = users.GroupBy(u => SymbolNames.Short(u.Member is INamedTypeSymbol t ? t : u.Member.ContainingType ?? u.Member)).OrderByDescending(g => g.Sum(u => u.Uses.Count)).ToList();
        if (byType.Count > 0)
        {
            string[] names = [.. byType.Take(MostNames).Select(g => $"{AnswerWriter.Code(g.Key)} ({g.Sum(u => u.Uses.Count)}){to.Cite(g.First().Uses[0].Tree, g.First().Uses[0].Statement)}")];
            to.Paragraph($"**Used in** {Count(byType.Count, "type")} at {Count(users.Sum(u => u.Uses.Count), "place")}: {And(names)}{(byType.Count > MostNames ? $" and {byType.Count - MostNames} more" : "")}.");
        }
        else
        {
            to.Paragraph("**Used by** no other type in these projects.");
        }
    }

    private static void WriteMembers(AnswerWriter to, INamedTypeSymbol type, CancellationToken cancellationToken)
    {
        ISymbol[] members = [.. type.GetMembers().Where(m => !m.IsImplicitlyDeclared && m is not IMethodSymbol { AssociatedSymbol: not null } && Declarations.First(m, cancellationToken) is not null)
            .OrderBy(m => m.DeclaredAccessibility == Accessibility.Public ? 0 : m.DeclaredAccessibility == Accessibility.Private ? 2 : 1)];
        if (members.Length == 0)
        {
            return;
        }

        to.Paragraph($"**Members** ({members.Length}):");
        to.Line();
        foreach (ISymbol member in members.Take(MostMembers))
        {
            SyntaxNode? declaration = Declarations.First(member, cancellationToken);
            string says = declaration is not null && Declarations.DocComment(declaration) is { } comment && DocComment.Of(comment) is { Summary.Length: > 0 } doc ? $": {DocComment.FirstSentence(doc.Summary)}" : "";
            to.Line($"- {AnswerWriter.Code(SymbolNames.Signature(member))}{says}{to.CiteDeclaration(member, cancellationToken)}");
        }

        if (members.Length > MostMembers)
        {
            to.Line($"- and {members.Length - MostMembers} more");
        }
    }

    private static bool IsInside(ISymbol? member, INamedTypeSymbol type)
    {
        for (ISymbol? around = member; around is not null; around = around.ContainingType)
        {
            if (SymbolIdentity.Same(SymbolIdentity.Declared(type), around))
            {
                return true;
            }
        }

        return false;
    }
}
