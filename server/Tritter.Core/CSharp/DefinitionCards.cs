using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;
using Tritter.Core.Completion;

namespace Tritter.Core.CSharp;

/// <summary>
/// What the model should see of other files at a cursor, as the compiler knows it: outlines of the types that the code there works with.
/// </summary>
public static class DefinitionCards
{
    private const int MostCards = 12;
    private const int NearbyLines = 12;

    // What a type counts for by the way in which the code at the cursor is bound to it.
    private const int ReceiverWeight = 100;
    private const int BaseWeight = 20;
    private const int SignatureWeight = 12;
    private const int NearWeight = 8;
    private const int MemberWeight = 4;
    private const int FieldWeight = 2;

    /// <param name="project">With the document's current text.</param>
    /// <param name="maxCharacters">Of all cards together.</param>
    /// <param name="shown">Turns a file's path into the one that the model sees.</param>
    /// <returns>Ordered by path, so that the same choice always gives the same prompt.</returns>
    public static IReadOnlyList<ContextPiece> Find(CSharpProject project, string path, int offset, int maxCharacters, Func<string, string> shown, CancellationToken cancellationToken)
    {
        if (project.Tree(path) is not { } tree)
        {
            return [];
        }

        SyntaxNode root = tree.GetRoot(cancellationToken);
        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        var weights = new Dictionary<INamedTypeSymbol, int>(SymbolEqualityComparer.Default);
        Weigh(root, model, offset, tree, weights, cancellationToken);

        var cards = new List<(string Path, int Position, string Text)>();
        int left = maxCharacters;
        foreach ((INamedTypeSymbol type, _) in weights.OrderByDescending(w => w.Value).ThenBy(w => w.Key.ToDisplayString(), StringComparer.Ordinal))
        {
            // What is declared in the file itself is in the prompt already.
            BaseTypeDeclarationSyntax[] parts = [.. type.DeclaringSyntaxReferences.Where(r => r.SyntaxTree != tree).Select(r => r.GetSyntax(cancellationToken)).OfType<BaseTypeDeclarationSyntax>()];
            bool isOwn = parts.Length < type.DeclaringSyntaxReferences.Length;
            // Of several parts the one that says most; the others often hold one nested type each.
            (string Path, int Position, string Text)[] outlines = [.. parts.Select(part => (part.SyntaxTree.FilePath, part.SpanStart, TypeOutline.Of(part, withPrivate: isOwn))).OrderByDescending(o => o.Item3.Length)];
            if (outlines is [var best, ..] && best.Text.Length <= left)
            {
                left -= best.Text.Length;
                cards.Add(best with { Path = shown(best.Path) });
            }

            if (cards.Count == MostCards)
            {
                break;
            }
        }

        // Types of one file stand together under its path.
        return
        [
            .. cards.GroupBy(c => c.Path).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new ContextPiece(g.Key, string.Join('\n', g.OrderBy(c => c.Position).Select(c => c.Text)))),
        ];
    }

    private static void Weigh(SyntaxNode root, SemanticModel model, int offset, SyntaxTree tree, Dictionary<INamedTypeSymbol, int> weights, CancellationToken cancellationToken)
    {
        int position = Math.Min(offset, Math.Max(0, root.FullSpan.End - 1));
        SyntaxToken token = root.FindToken(position);
        if (token.SpanStart >= offset)
        {
            token = token.GetPreviousToken();
        }

        if (token.IsKind(SyntaxKind.DotToken) && token.Parent is MemberAccessExpressionSyntax access)
        {
            Add(model.GetTypeInfo(access.Expression, cancellationToken).Type ?? model.GetSymbolInfo(access.Expression, cancellationToken).Symbol as ITypeSymbol, ReceiverWeight, weights);
        }

        SyntaxNode? place = token.Parent;
        if (place?.FirstAncestorOrSelf<BaseTypeDeclarationSyntax>() is { } type && model.GetDeclaredSymbol(type, cancellationToken) is { } declared)
        {
            Add(declared.BaseType, BaseWeight, weights);
            foreach (INamedTypeSymbol implemented in declared.Interfaces)
            {
                Add(implemented, BaseWeight, weights);
            }

            foreach (ISymbol member in declared.GetMembers())
            {
                Add((member as IFieldSymbol)?.Type ?? (member as IPropertySymbol)?.Type, FieldWeight, weights);
            }
        }

        MemberDeclarationSyntax? around = place?.FirstAncestorOrSelf<MemberDeclarationSyntax>(m => m is not (BaseTypeDeclarationSyntax or BaseNamespaceDeclarationSyntax));
        if (around is BaseMethodDeclarationSyntax method && model.GetDeclaredSymbol(method, cancellationToken) is IMethodSymbol symbol)
        {
            Add(symbol.ReturnType, SignatureWeight, weights);
            foreach (IParameterSymbol parameter in symbol.Parameters)
            {
                Add(parameter.Type, SignatureWeight, weights);
            }
        }

        SourceText text = tree.GetText(cancellationToken);
        int line = text.Lines.GetLineFromPosition(Math.Min(offset, text.Length)).LineNumber;
        int nearStart = text.Lines[Math.Max(0, line - NearbyLines)].Start;
        TextSpan read = TextSpan.FromBounds(Math.Min(nearStart, around?.SpanStart ?? nearStart), Math.Max(offset, nearStart));
        foreach (SimpleNameSyntax name in root.DescendantNodes(read).OfType<SimpleNameSyntax>().Where(n => n.SpanStart >= read.Start && n.Span.End <= offset))
        {
            int weight = name.SpanStart >= nearStart ? NearWeight : MemberWeight;
            ISymbol? named = model.GetSymbolInfo(name, cancellationToken).Symbol;
            Add(named as ITypeSymbol ?? named?.ContainingType, weight, weights);
            Add((named as IMethodSymbol)?.ReturnType ?? (named as ILocalSymbol)?.Type ?? (named as IPropertySymbol)?.Type ?? (named as IFieldSymbol)?.Type ?? (named as IParameterSymbol)?.Type, weight, weights);
        }
    }

    private static void Add(ITypeSymbol? type, int weight, Dictionary<INamedTypeSymbol, int> weights)
    {
        switch (type)
        {
            case IArrayTypeSymbol array:
                Add(array.ElementType, weight, weights);
                break;
            case IPointerTypeSymbol pointer:
                Add(pointer.PointedAtType, weight, weights);
                break;
            case INamedTypeSymbol named:
                INamedTypeSymbol definition = named.OriginalDefinition;
                if (definition.DeclaringSyntaxReferences.Length > 0)
                {
                    weights[definition] = weights.GetValueOrDefault(definition) + weight;
                }

                foreach (ITypeSymbol argument in named.TypeArguments.Where(a => a is not ITypeParameterSymbol))
                {
                    Add(argument, weight, weights);
                }

                break;
        }
    }
}
