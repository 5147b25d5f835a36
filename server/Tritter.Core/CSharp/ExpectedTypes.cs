using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>The type that the surroundings of an expression want it to have.</summary>
internal static class ExpectedTypes
{
    /// <returns>Null where any type may stand or the surroundings' own types are not known.</returns>
    public static ITypeSymbol? Of(SemanticModel model, ExpressionSyntax expression, CancellationToken cancellationToken)
    {
        ITypeSymbol? type = expression.Parent switch
        {
            ParenthesizedExpressionSyntax outer => Of(model, outer, cancellationToken),
            AwaitExpressionSyntax => null,
            ArgumentSyntax argument => OfArgument(model, argument, cancellationToken),
            AssignmentExpressionSyntax assignment when assignment.Right == expression => model.GetTypeInfo(assignment.Left, cancellationToken).Type,
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent: VariableDeclarationSyntax { Type.IsVar: false } declaration } } => model.GetTypeInfo(declaration.Type, cancellationToken).Type,
            EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property } => model.GetTypeInfo(property.Type, cancellationToken).Type,
            EqualsValueClauseSyntax { Parent: ParameterSyntax { Type: { } parameter } } => model.GetTypeInfo(parameter, cancellationToken).Type,
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression or (int)SyntaxKind.LogicalOrExpression } or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression }
                => model.Compilation.GetSpecialType(SpecialType.System_Boolean),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } binary when binary.Right == expression
                => model.GetTypeInfo(binary.Left, cancellationToken).Type,
            IfStatementSyntax or WhileStatementSyntax or DoStatementSyntax => model.Compilation.GetSpecialType(SpecialType.System_Boolean),
            ForStatementSyntax loop when loop.Condition == expression => model.Compilation.GetSpecialType(SpecialType.System_Boolean),
            ConditionalExpressionSyntax choice when choice.Condition == expression => model.Compilation.GetSpecialType(SpecialType.System_Boolean),
            ConditionalExpressionSyntax choice => Of(model, choice, cancellationToken),
            ThrowStatementSyntax or ThrowExpressionSyntax => model.Compilation.GetTypeByMetadataName("System.Exception"),
            ReturnStatementSyntax or ArrowExpressionClauseSyntax => Returned(model, expression.SpanStart, cancellationToken),
            _ => null,
        };
        return type is IErrorTypeSymbol ? null : type;
    }

    private static ITypeSymbol? OfArgument(SemanticModel model, ArgumentSyntax argument, CancellationToken cancellationToken)
    {
        if (argument.Parent is not BaseArgumentListSyntax { Parent: { } call } list)
        {
            return null;
        }

        int index = list.Arguments.IndexOf(argument);
        string? named = argument.NameColon?.Name.Identifier.ValueText;
        SymbolInfo info = model.GetSymbolInfo(call, cancellationToken);
        IEnumerable<ISymbol> candidates = info.Symbol is { } symbol ? [symbol] : info.CandidateSymbols;

        // Of overloads that disagree none is taken.
        ITypeSymbol[] types = [.. candidates.Select(c => Parameter(c, index, named)).OfType<ITypeSymbol>().Distinct<ITypeSymbol>(SymbolEqualityComparer.Default)];
        return types.Length == 1 ? types[0] : null;
    }

    private static ITypeSymbol? Parameter(ISymbol called, int index, string? named)
    {
        IReadOnlyList<IParameterSymbol> parameters = called switch
        {
            IMethodSymbol method => method.Parameters,
            IPropertySymbol indexer => indexer.Parameters,
            _ => [],
        };
        IParameterSymbol? parameter = named is not null ? parameters.FirstOrDefault(p => p.Name == named)
            : index < parameters.Count ? parameters[index]
            : parameters.Count > 0 && parameters[^1].IsParams ? parameters[^1] : null;
        return parameter is { IsParams: true, Type: IArrayTypeSymbol array } && named is null ? array.ElementType : parameter?.Type;
    }

    private static ITypeSymbol? Returned(SemanticModel model, int position, CancellationToken cancellationToken) => model.GetEnclosingSymbol(position, cancellationToken) switch
    {
        IMethodSymbol { IsAsync: true, ReturnType: INamedTypeSymbol { TypeArguments: [var result] } } => result,
        IMethodSymbol { IsAsync: false, ReturnsVoid: false } method => method.ReturnType,
        IPropertySymbol property => property.Type,
        _ => null,
    };
}
