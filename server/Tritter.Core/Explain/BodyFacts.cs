using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Tritter.Core.CSharp;

namespace Tritter.Core.Explain;

/// <summary>What stands in a body or a selection: calls, data, exceptions, branches. Lambdas and local functions count with what is around them.</summary>
public static class BodyFacts
{
    /// <summary>Methods and constructors that are called, in the order of the text.</summary>
    public static IReadOnlyList<Touched> Calls(SemanticModel model, IEnumerable<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        var calls = new Gathering();
        foreach (SyntaxNode node in nodes)
        {
            ISymbol? callee = node switch
            {
                InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax or ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax => SymbolUses.Bound(model, node, cancellationToken),
                _ => null,
            };
            // A delegate that is called is no method of anybody.
            if (callee is IMethodSymbol { MethodKind: not (MethodKind.DelegateInvoke or MethodKind.LocalFunction or MethodKind.FunctionPointerSignature) } method)
            {
                calls.Add(method, new Place(node.SyntaxTree, node.Span));
            }
        }

        return calls.All;
    }

    /// <summary>Fields, properties and events that are read and those that are written, in the order of the text.</summary>
    public static (IReadOnlyList<Touched> Reads, IReadOnlyList<Touched> Writes) Data(SemanticModel model, IEnumerable<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        var reads = new Gathering();
        var writes = new Gathering();
        foreach (SimpleNameSyntax name in nodes.OfType<SimpleNameSyntax>())
        {
            ISymbol? symbol = model.GetSymbolInfo(name, cancellationToken).Symbol;
            if (symbol is not (IFieldSymbol or IPropertySymbol or IEventSymbol) || symbol is IFieldSymbol { ContainingType.IsTupleType: true } || symbol.ContainingType is null or { IsAnonymousType: true })
            {
                continue;
            }

            var place = new Place(name.SyntaxTree, name.Span);
            UseKind kind = SymbolUses.KindOf(name, symbol);
            if (kind is UseKind.Read or UseKind.ReadWrite)
            {
                reads.Add(symbol, place);
            }

            if (kind is UseKind.Write or UseKind.ReadWrite)
            {
                writes.Add(symbol, place);
            }
        }

        return (reads.All, writes.All);
    }

    /// <summary>Throw statements, throw expressions and calls such as <c>ArgumentNullException.ThrowIfNull</c>.</summary>
    public static IReadOnlyList<Thrown> Throws(SemanticModel model, IEnumerable<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        var thrown = new List<Thrown>();
        foreach (SyntaxNode node in nodes)
        {
            switch (node)
            {
                case ThrowStatementSyntax statement:
                    thrown.Add(new Thrown(Type(statement.Expression), Condition(statement), new Place(node.SyntaxTree, node.Span)));
                    break;
                case ThrowExpressionSyntax expression:
                    thrown.Add(new Thrown(Type(expression.Expression), Condition(expression), new Place(node.SyntaxTree, node.Span)));
                    break;
                case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: { } name } } call when name.StartsWith("ThrowIf", StringComparison.Ordinal):
                    if (model.GetSymbolInfo(call, cancellationToken).Symbol is IMethodSymbol { IsStatic: true } method && IsException(method.ContainingType))
                    {
                        string arguments = string.Join(", ", call.ArgumentList.Arguments.Select(a => AnswersText(a)));
                        thrown.Add(new Thrown(method.ContainingType.Name, $"if `{arguments}` is {Words(name["ThrowIf".Length..])}", new Place(node.SyntaxTree, node.Span)));
                    }

                    break;
            }
        }

        return thrown;

        string? Type(ExpressionSyntax? expression) => expression is null ? null : model.GetTypeInfo(expression, cancellationToken).Type?.Name ?? expression.ToString();
    }

    /// <summary>McCabe's number of a body.</summary>
    public static Complexity Complexity(IEnumerable<SyntaxNode> nodes)
    {
        var branches = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (SyntaxNode node in nodes)
        {
            string? branch = node.Kind() switch
            {
                SyntaxKind.IfStatement => "if",
                SyntaxKind.ForStatement or SyntaxKind.ForEachStatement or SyntaxKind.ForEachVariableStatement or SyntaxKind.WhileStatement or SyntaxKind.DoStatement => "loop",
                SyntaxKind.CaseSwitchLabel or SyntaxKind.CasePatternSwitchLabel => "case",
                SyntaxKind.SwitchExpressionArm when node is SwitchExpressionArmSyntax { Pattern: not DiscardPatternSyntax } => "case",
                SyntaxKind.CatchClause => "catch",
                SyntaxKind.ConditionalExpression => "?:",
                SyntaxKind.LogicalAndExpression => "&&",
                SyntaxKind.LogicalOrExpression => "||",
                SyntaxKind.CoalesceExpression or SyntaxKind.CoalesceAssignmentExpression => "??",
                _ => null,
            };
            if (branch is not null)
            {
                branches[branch] = branches.GetValueOrDefault(branch) + 1;
            }
        }

        return new Complexity(1 + branches.Values.Sum(), branches);
    }

    public static AsyncFacts Async(SemanticModel model, IMethodSymbol? method, IReadOnlyList<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        IParameterSymbol? token = method?.Parameters.FirstOrDefault(p => p.Type.ToDisplayString() == "System.Threading.CancellationToken");
        IEnumerable<SyntaxNode> passed = token is null ? [] : nodes.OfType<ArgumentSyntax>().Where(a => SymbolEqualityComparer.Default.Equals(model.GetSymbolInfo(a.Expression, cancellationToken).Symbol, token));
        IEnumerable<SyntaxNode> awaits = nodes.Where(n => n is AwaitExpressionSyntax or ForEachStatementSyntax { AwaitKeyword.RawKind: (int)SyntaxKind.AwaitKeyword } or UsingStatementSyntax { AwaitKeyword.RawKind: (int)SyntaxKind.AwaitKeyword } or LocalDeclarationStatementSyntax { AwaitKeyword.RawKind: (int)SyntaxKind.AwaitKeyword });
        return new AsyncFacts(
            method?.IsAsync == true,
            method is not null && IsTask(method.ReturnType),
            Places(awaits),
            Places(nodes.Where(n => Blocks(model, n, cancellationToken))),
            token,
            Places(passed));
    }

    public static DisposalFacts Disposal(SemanticModel model, IMethodSymbol? method, IReadOnlyList<SyntaxNode> nodes, CancellationToken cancellationToken)
    {
        var disposed = new List<(string, Place)>();
        var kept = new List<(string, Place)>();
        foreach (SyntaxNode node in nodes)
        {
            switch (node)
            {
                case UsingStatementSyntax { Declaration: { } declaration }:
                    disposed.Add((TypeOf(declaration.Type), new Place(node.SyntaxTree, declaration.Span)));
                    break;
                case UsingStatementSyntax { Expression: { } expression }:
                    disposed.Add((TypeOf(expression), new Place(node.SyntaxTree, expression.Span)));
                    break;
                case LocalDeclarationStatementSyntax { UsingKeyword.RawKind: (int)SyntaxKind.UsingKeyword } local:
                    disposed.Add((TypeOf(local.Declaration.Type), new Place(node.SyntaxTree, local.Span)));
                    break;
                case LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not (int)SyntaxKind.UsingKeyword } local:
                    kept.AddRange(local.Declaration.Variables
                        .Where(v => v.Initializer?.Value is BaseObjectCreationExpressionSyntax creation && IsDisposable(model.GetTypeInfo(creation, cancellationToken).Type))
                        .Select(v => (TypeOf(v.Initializer!.Value), new Place(node.SyntaxTree, v.Span))));
                    break;
            }
        }

        return new DisposalFacts(disposed, kept, method is not null && !IsTask(method.ReturnType) && IsDisposable(method.ReturnType) ? SymbolNames.Type(method.ReturnType) : null);

        string TypeOf(ExpressionSyntax e) => model.GetTypeInfo(e, cancellationToken).Type is { } type ? SymbolNames.Type(type.WithNullableAnnotation(NullableAnnotation.NotAnnotated)) : e.ToString();
    }

    public static bool IsDisposable(ITypeSymbol? type) =>
        type is not null && (IsDisposing(type) || type.AllInterfaces.Any(IsDisposing));

    private static bool IsDisposing(ITypeSymbol type) => type.ToDisplayString() is "System.IDisposable" or "System.IAsyncDisposable";

    private static bool IsTask(ITypeSymbol type) => type.OriginalDefinition.ToDisplayString() is var name && name.StartsWith("System.Threading.Tasks.", StringComparison.Ordinal) && (name.Contains(".Task", StringComparison.Ordinal) || name.Contains(".ValueTask", StringComparison.Ordinal));

    private static bool Blocks(SemanticModel model, SyntaxNode node, CancellationToken cancellationToken) =>
        node is MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" or "Wait" or "GetResult" } access
        && model.GetTypeInfo(access.Expression, cancellationToken).Type is { } type
        && (IsTask(type) || type.Name.EndsWith("TaskAwaiter", StringComparison.Ordinal));

    private static bool IsException(ITypeSymbol type)
    {
        for (ITypeSymbol? t = type; t is not null; t = t.BaseType)
        {
            if (t.ToDisplayString() == "System.Exception")
            {
                return true;
            }
        }

        return false;
    }

    private static IReadOnlyList<Place> Places(IEnumerable<SyntaxNode> nodes) => [.. nodes.Select(n => new Place(n.SyntaxTree, n.Span))];

    /// <summary>What must hold for a node to be reached, of the innermost branch alone.</summary>
    private static string? Condition(SyntaxNode node)
    {
        foreach (SyntaxNode around in node.AncestorsAndSelf())
        {
            switch (around.Parent)
            {
                case IfStatementSyntax condition when condition.Statement == around:
                    return $"if {Code(condition.Condition)}";
                case ElseClauseSyntax { Parent: IfStatementSyntax condition }:
                    return $"unless {Code(condition.Condition)}";
                case BinaryExpressionSyntax coalesce when coalesce.IsKind(SyntaxKind.CoalesceExpression) && coalesce.Right == around:
                    return $"if {Code(coalesce.Left)} is null";
                case ConditionalExpressionSyntax conditional when conditional.WhenTrue == around:
                    return $"if {Code(conditional.Condition)}";
                case ConditionalExpressionSyntax conditional when conditional.WhenFalse == around:
                    return $"unless {Code(conditional.Condition)}";
                case SwitchExpressionArmSyntax { Pattern: DiscardPatternSyntax, Parent: SwitchExpressionSyntax choice }:
                    return $"for any other {Code(choice.GoverningExpression)}";
                case SwitchExpressionArmSyntax { Parent: SwitchExpressionSyntax choice } arm:
                    return $"if {Code(choice.GoverningExpression)} is {Code(arm.Pattern)}";
                case SwitchSectionSyntax { Parent: SwitchStatementSyntax choice } section:
                    return section.Labels.Any(l => l is DefaultSwitchLabelSyntax) ? $"for any other {Code(choice.Expression)}" : $"if {Code(choice.Expression)} is {Code(section.Labels[0])}";
                case CatchClauseSyntax clause:
                    return clause.Declaration is { } caught ? $"after catching {Code(caught.Type)}" : "after catching anything";
                case MemberDeclarationSyntax or LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax:
                    return null;
            }
        }

        return null;
    }

    private static string Code(SyntaxNode node)
    {
        string text = string.Join(' ', node.ToString().Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        text = node is CasePatternSwitchLabelSyntax or CaseSwitchLabelSyntax ? text.TrimEnd(':')["case ".Length..] : text;
        return Answers.AnswerWriter.Code(text.Length > 120 ? text[..117] + "…" : text);
    }

    private static string AnswersText(ArgumentSyntax argument) => string.Join(' ', argument.ToString().Split((char[])[' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>"NullOrEmpty" as "null or empty".</summary>
    private static string Words(string name) => string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? " " : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Symbols in the order in which they first came, each with its places.</summary>
    private sealed class Gathering
    {
        private readonly List<(ISymbol Symbol, List<Place> Places)> _all = [];
        private readonly Dictionary<ISymbol, int> _index = new(SymbolEqualityComparer.Default);

        public IReadOnlyList<Touched> All => [.. _all.Select(a => new Touched(a.Symbol, a.Places))];

        public void Add(ISymbol symbol, Place place)
        {
            ISymbol declared = SymbolIdentity.Declared(symbol);
            if (!_index.TryGetValue(declared, out int at))
            {
                _index[declared] = at = _all.Count;
                _all.Add((declared, []));
            }

            _all[at].Places.Add(place);
        }
    }
}
