using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;
using Tritter.Core.CSharp;
using Tritter.Core.Explain;

namespace Tritter.Core.Evaluation;

/// <summary>
/// The facts of explanations, computed another way: from the compiler's operations of every body of every file, where explanations look names up and
/// bind those. What the two do not agree on is wrong in one of them. Made once for a solution.
/// </summary>
public sealed class FactCheck
{
    private readonly Dictionary<string, SortedDictionary<string, int>> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _calls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _throws = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _writes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _implementations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);

    /// <exception cref="OperationCanceledException"/>
    public FactCheck(CSharpSolution solution, CancellationToken cancellationToken)
    {
        foreach ((CSharpProject project, SyntaxTree tree) in solution.Files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SemanticModel model = project.Compilation.GetSemanticModel(tree);
            foreach (SyntaxNode node in tree.GetRoot(cancellationToken).DescendantNodes())
            {
                if (IsRoot(node) && model.GetOperation(node, cancellationToken) is { } root && SymbolUses.Within(model, node, cancellationToken) is { } within && SymbolIdentity.Key(within) is { } user)
                {
                    // Of code that does not compile here, such as tests that see internals only because they are signed, the compiler makes no operations.
                    if (root.DescendantsAndSelf().Any(o => o is IInvalidOperation))
                    {
                        _broken.Add(user);
                    }

                    foreach (IOperation operation in root.DescendantsAndSelf().Where(o => !o.IsImplicit))
                    {
                        Add(user, operation);
                    }
                }
            }
        }

        foreach (INamedTypeSymbol type in RelatedSymbols.Types(solution, cancellationToken))
        {
            foreach (ISymbol member in type.GetMembers().Where(m => !m.IsImplicitlyDeclared))
            {
                foreach (ISymbol implemented in Implemented(type, member))
                {
                    Set(_implementations, implemented, SymbolIdentity.Key(member));
                }
            }
        }
    }

    /// <summary>Members with code that does not compile here, which are not compared.</summary>
    public int Broken => _broken.Count;

    /// <summary>What is not the same in the facts of a member, one line each.</summary>
    public IReadOnlyList<string> Differences(MemberFacts facts)
    {
        string key = SymbolIdentity.Key(facts.Symbol)!;
        var differences = new List<string>();
        Compare("users", facts.Users.SelectMany(u => u.Uses.Where(x => x.Kind != UseKind.Name).Select(_ => SymbolIdentity.Key(u.Member))).OfType<string>().Where(k => !_broken.Contains(k)).GroupBy(k => k).Select(g => $"{g.Key} {g.Count()}"),
            _users.GetValueOrDefault(key)?.Where(u => !_broken.Contains(u.Key)).Select(u => $"{u.Key} {u.Value}") ?? []);
        if (_broken.Contains(key))
        {
            return differences;
        }

        Compare("calls", facts.Calls.Where(c => SymbolIdentity.IsOwn(c.Symbol)).Select(c => SymbolIdentity.Key(c.Symbol)).OfType<string>(), _calls.GetValueOrDefault(key) ?? []);
        Compare("throws", facts.Throws.Where(t => t.When?.Contains("` is ", StringComparison.Ordinal) != true || t.Exception is not null).Select(t => t.Exception).OfType<string>(), _throws.GetValueOrDefault(key) ?? []);
        Compare("writes", facts.Writes.Where(w => SymbolIdentity.IsOwn(w.Symbol)).Select(w => SymbolIdentity.Key(w.Symbol)).OfType<string>(), _writes.GetValueOrDefault(key) ?? []);
        Compare("implementations", facts.Derived.Select(SymbolIdentity.Key).OfType<string>(), _implementations.GetValueOrDefault(key) ?? []);
        return differences;

        void Compare(string fact, IEnumerable<string> told, IEnumerable<string> computed)
        {
            string[] a = [.. told.Distinct().Order(StringComparer.Ordinal)];
            string[] b = [.. computed.Distinct().Order(StringComparer.Ordinal)];
            if (!a.SequenceEqual(b))
            {
                differences.Add($"{fact}: told and not computed {string.Join(", ", a.Except(b))}; computed and not told {string.Join(", ", b.Except(a))}");
            }
        }
    }

    /// <summary>Bodies and initialisers, each once.</summary>
    private static bool IsRoot(SyntaxNode node) => node switch
    {
        BlockSyntax { Parent: BaseMethodDeclarationSyntax or AccessorDeclarationSyntax } => true,
        ArrowExpressionClauseSyntax { Parent: BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax or AccessorDeclarationSyntax } => true,
        EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } or PropertyDeclarationSyntax or EnumMemberDeclarationSyntax or ParameterSyntax { Parent.Parent: MemberDeclarationSyntax or LocalFunctionStatementSyntax } } => true,
        ConstructorInitializerSyntax or PrimaryConstructorBaseTypeSyntax or AttributeSyntax => true,
        GlobalStatementSyntax => false,
        StatementSyntax { Parent: GlobalStatementSyntax } => true,
        _ => false,
    };

    private void Add(string user, IOperation operation)
    {
        switch (operation)
        {
            case IInvocationOperation { TargetMethod.MethodKind: not (MethodKind.DelegateInvoke or MethodKind.LocalFunction) } call:
                Use(user, call.TargetMethod);
                Call(user, call.TargetMethod);
                if (call.TargetMethod is { IsStatic: true } method && method.Name.StartsWith("ThrowIf", StringComparison.Ordinal) && method.ContainingType.Name.EndsWith("Exception", StringComparison.Ordinal))
                {
                    Text(_throws, user, method.ContainingType.Name);
                }

                break;
            case IAttributeOperation { Operation: IObjectCreationOperation { Constructor: { } attribute } }:
                Use(user, attribute);
                break;
            case IObjectCreationOperation { Constructor: { } constructor } when operation.Parent is not IAttributeOperation:
                Use(user, constructor);
                Call(user, constructor);
                break;
            case IMethodReferenceOperation { Method.MethodKind: not MethodKind.LocalFunction } reference:
                Use(user, reference.Method);
                break;
            case IMemberReferenceOperation { Member: IFieldSymbol or IPropertySymbol or IEventSymbol } reference when !IsInNameof(operation):
                Use(user, reference.Member);
                if (IsWritten(operation))
                {
                    if (SymbolIdentity.IsOwn(SymbolIdentity.Declared(reference.Member)))
                    {
                        Text(_writes, user, SymbolIdentity.Key(reference.Member));
                    }
                }

                break;
            case IThrowOperation { Exception: { } exception }:
                Text(_throws, user, (exception is IConversionOperation { IsImplicit: true } conversion ? conversion.Operand : exception).Type?.Name);
                break;
        }
    }

    private static bool IsInNameof(IOperation operation)
    {
        for (IOperation? around = operation; around is not null; around = around.Parent)
        {
            if (around is INameOfOperation)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWritten(IOperation operation) => operation.Parent switch
    {
        IAssignmentOperation assignment => assignment.Target == operation,
        IIncrementOrDecrementOperation => true,
        IEventAssignmentOperation assignment => assignment.EventReference == operation,
        IArgumentOperation { Parameter.RefKind: RefKind.Out or RefKind.Ref } => true,
        ITupleOperation { Parent: IDeconstructionAssignmentOperation deconstruction } tuple => deconstruction.Target == tuple,
        _ => false,
    };

    private void Use(string user, ISymbol used)
    {
        if (SymbolIdentity.Key(used) is { } key)
        {
            SortedDictionary<string, int> users = _users.TryGetValue(key, out SortedDictionary<string, int>? known) ? known : _users[key] = new(StringComparer.Ordinal);
            users[user] = users.GetValueOrDefault(user) + 1;
        }
    }

    private void Call(string user, IMethodSymbol method)
    {
        if (SymbolIdentity.IsOwn(SymbolIdentity.Declared(method)))
        {
            Text(_calls, user, SymbolIdentity.Key(method));
        }
    }

    private static void Set(Dictionary<string, SortedSet<string>> sets, ISymbol of, string? value)
    {
        if (SymbolIdentity.Key(of) is { } key)
        {
            Text(sets, key, value);
        }
    }

    private static void Text(Dictionary<string, SortedSet<string>> sets, string key, string? value)
    {
        if (value is not null)
        {
            (sets.TryGetValue(key, out SortedSet<string>? known) ? known : sets[key] = new(StringComparer.Ordinal)).Add(value);
        }
    }

    private static IEnumerable<ISymbol> Implemented(INamedTypeSymbol type, ISymbol member)
    {
        for (ISymbol? at = (member as IMethodSymbol)?.OverriddenMethod ?? (ISymbol?)(member as IPropertySymbol)?.OverriddenProperty ?? (member as IEventSymbol)?.OverriddenEvent; at is not null;
            at = (at as IMethodSymbol)?.OverriddenMethod ?? (ISymbol?)(at as IPropertySymbol)?.OverriddenProperty ?? (at as IEventSymbol)?.OverriddenEvent)
        {
            yield return at;
        }

        foreach (ISymbol contract in type.AllInterfaces.SelectMany(i => i.GetMembers()))
        {
            if (SymbolEqualityComparer.Default.Equals(type.FindImplementationForInterfaceMember(contract), member))
            {
                yield return contract;
            }
        }
    }
}
