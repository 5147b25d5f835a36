using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.Answers;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>What a body does with its parameters.</summary>
internal static class ParameterUses
{
    public static IReadOnlyList<ParameterUse> Of(SemanticModel model, IEnumerable<IParameterSymbol> parameters, IReadOnlyList<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        IdentifierNameSyntax[] names = [.. nodes.OfType<IdentifierNameSyntax>()];
        return [.. parameters.Select(parameter => new ParameterUse(parameter, [.. names
            .Where(n => n.Identifier.ValueText == parameter.Name && SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(n, cancellationToken).Symbol, parameter))
            .Select(n => (Describe(model, n, cancellationToken), new Place(n.SyntaxTree, Shown(n).Span)))]))];
    }

    private static string Describe(SemanticModel model, ExpressionSyntax name, CancellationToken cancellationToken)
    {
        ExpressionSyntax whole = name;
        while (whole.Parent is ParenthesizedExpressionSyntax or CastExpressionSyntax || whole.Parent is PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression })
        {
            whole = (ExpressionSyntax)whole.Parent;
        }

        switch (whole.Parent)
        {
            case MemberAccessExpressionSyntax access when access.Expression == whole:
                return Member(access.Name, access);
            case ConditionalAccessExpressionSyntax { WhenNotNull: var then } conditional when conditional.Expression == whole:
                return then.DescendantNodesAndSelf().OfType<MemberBindingExpressionSyntax>().FirstOrDefault() is { } bound ? $"{AnswerWriter.Code(bound.Name.Identifier.ValueText)} used unless it is null" : "used unless it is null";
            case ElementAccessExpressionSyntax element when element.Expression == whole:
                return "indexed";
            case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "nameof" } } } }:
                return "named in a message";
            case ArgumentSyntax argument:
                string how = argument.RefKindKeyword.IsKind(SyntaxKind.None) ? "" : $" by `{argument.RefKindKeyword.Text}`";
                return Receiver(argument) is { } callee ? $"passed to {callee}{how}" : "used as an index";
            case AssignmentExpressionSyntax assignment when assignment.Left == whole:
                return "assigned";
            case AssignmentExpressionSyntax assignment:
                return $"stored in {AnswerWriter.Code(assignment.Left.ToString())}";
            case EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable }:
                return $"stored in {AnswerWriter.Code(variable.Identifier.ValueText)}";
            case EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax property }:
                return $"stored in {AnswerWriter.Code(property.Identifier.ValueText)}";
            case ReturnStatementSyntax or ArrowExpressionClauseSyntax:
                return "returned";
            case ForEachStatementSyntax:
                return "iterated over";
            case IfStatementSyntax or WhileStatementSyntax or ConditionalExpressionSyntax or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression }:
                return "decides on a branch";
            case IsPatternExpressionSyntax or SwitchExpressionSyntax or SwitchStatementSyntax:
                return "compared";
            case BinaryExpressionSyntax binary:
                return binary.Kind() switch
                {
                    SyntaxKind.EqualsExpression or SyntaxKind.NotEqualsExpression or SyntaxKind.LessThanExpression or SyntaxKind.GreaterThanExpression
                        or SyntaxKind.LessThanOrEqualExpression or SyntaxKind.GreaterThanOrEqualExpression or SyntaxKind.IsExpression => "compared",
                    SyntaxKind.CoalesceExpression => "replaced when null",
                    SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression => "decides on a branch",
                    _ => "computed with",
                };
            case InterpolationSyntax:
                return "put into a text";
            case PostfixUnaryExpressionSyntax or PrefixUnaryExpressionSyntax:
                return "changed";
            case InvocationExpressionSyntax:
                return "called";
            default:
                return "read";
        }

        string Member(SimpleNameSyntax member, ExpressionSyntax access)
        {
            string text = AnswerWriter.Code(member.Identifier.ValueText);
            return access.Parent is InvocationExpressionSyntax ? $"{text} called on it" : $"{text} {(access.Parent is AssignmentExpressionSyntax a && a.Left == access ? "set" : "read")}";
        }

        string? Receiver(ArgumentSyntax argument) => argument.Parent?.Parent switch
        {
            InvocationExpressionSyntax call => AnswerWriter.Code(model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { MethodKind: not MethodKind.DelegateInvoke } method ? SymbolNames.Short(SymbolIdentity.Declared(method)) : call.Expression.ToString()),
            BaseObjectCreationExpressionSyntax creation when model.GetTypeInfo(creation, cancellationToken).Type is { } type => AnswerWriter.Code($"new {SymbolNames.Type(type)}"),
            ConstructorInitializerSyntax initializer => AnswerWriter.Code(initializer.ThisOrBaseKeyword.Text),
            PrimaryConstructorBaseTypeSyntax primary => AnswerWriter.Code(primary.Type.ToString()),
            ElementAccessExpressionSyntax => null,
            TupleExpressionSyntax => "a tuple",
            _ => null,
        };
    }

    private static SyntaxNode Shown(SyntaxNode name) => name.Parent is MemberAccessExpressionSyntax access && access.Expression == name ? access : name;
}
