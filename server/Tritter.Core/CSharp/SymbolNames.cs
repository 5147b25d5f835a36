using Microsoft.CodeAnalysis;

namespace Tritter.Core.CSharp;

/// <summary>How symbols are called in texts for people.</summary>
public static class SymbolNames
{
    private static readonly SymbolDisplayFormat _short = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        memberOptions: SymbolDisplayMemberOptions.IncludeContainingType,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes);

    private static readonly SymbolDisplayFormat _signature = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        localOptions: SymbolDisplayLocalOptions.IncludeType,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeMemberKeyword,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    private static readonly SymbolDisplayFormat _type = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    /// <summary>Type and member, such as <c>Chunker.Cut</c>; a constructor is <c>new Chunker</c>.</summary>
    public static string Short(ISymbol symbol) => symbol switch
    {
        IMethodSymbol { MethodKind: MethodKind.Constructor } constructor => $"new {constructor.ContainingType.ToDisplayString(_type)}",
        IMethodSymbol { MethodKind: MethodKind.StaticConstructor } constructor => $"static {constructor.ContainingType.ToDisplayString(_type)}",
        IMethodSymbol { Name: "<Main>$" } => "top-level statements",
        _ => symbol.ToDisplayString(_short),
    };

    /// <summary>The declaration in one line, namespaces left out.</summary>
    public static string Signature(ISymbol symbol) => symbol.ToDisplayString(_signature);

    public static string Type(ITypeSymbol type) => type.ToDisplayString(_type);

    /// <summary>Namespace, types and member, such as <c>Tritter.Core.Chunking.Chunker.Cut</c>.</summary>
    public static string Qualified(ISymbol symbol) =>
        symbol.ContainingNamespace is { IsGlobalNamespace: false } space && symbol.Kind != SymbolKind.Namespace ? $"{space.ToDisplayString()}.{symbol.ToDisplayString(_short)}" : symbol.ToDisplayString(_short);

    /// <summary>What it is, with its article, such as "a public static method".</summary>
    public static string Kind(ISymbol symbol)
    {
        string access = symbol.DeclaredAccessibility switch
        {
            Accessibility.Public => "public ",
            Accessibility.Internal => "internal ",
            Accessibility.Private => "private ",
            Accessibility.Protected => "protected ",
            Accessibility.ProtectedOrInternal => "protected internal ",
            Accessibility.ProtectedAndInternal => "private protected ",
            _ => "",
        };
        string words = access + (symbol is ILocalSymbol or IParameterSymbol or INamespaceSymbol ? "" : Modifiers(symbol)) + Noun(symbol);
        return ("aeiou".Contains(words[0], StringComparison.Ordinal) ? "an " : "a ") + words;
    }

    private static string Modifiers(ISymbol symbol)
    {
        var words = new List<string>();
        bool isInterface = symbol is INamedTypeSymbol { TypeKind: TypeKind.Interface } || symbol.ContainingType?.TypeKind == TypeKind.Interface;
        if (symbol.IsStatic && symbol is not IFieldSymbol { IsConst: true })
        {
            words.Add("static");
        }

        if (symbol is INamedTypeSymbol { TypeKind: not TypeKind.Class })
        {
            return symbol is INamedTypeSymbol { IsReadOnly: true } ? "readonly " : "";
        }

        if (!isInterface)
        {
            if (symbol.IsAbstract && !symbol.IsStatic)
            {
                words.Add("abstract");
            }
            else if (symbol.IsSealed && !symbol.IsStatic)
            {
                words.Add("sealed");
            }

            if (symbol.IsVirtual)
            {
                words.Add("virtual");
            }

            if (symbol.IsOverride)
            {
                words.Add("overriding");
            }
        }

        if (symbol is IMethodSymbol { IsAsync: true })
        {
            words.Add("asynchronous");
        }

        if (symbol is IFieldSymbol { IsReadOnly: true })
        {
            words.Add("read-only");
        }

        return string.Concat(words.Select(w => w + " "));
    }

    private static string Noun(ISymbol symbol) => symbol switch
    {
        INamedTypeSymbol { IsRecord: true, TypeKind: TypeKind.Struct } => "record struct",
        INamedTypeSymbol { IsRecord: true } => "record",
        INamedTypeSymbol type => type.TypeKind switch { TypeKind.Struct => "struct", TypeKind.Interface => "interface", TypeKind.Enum => "enum", TypeKind.Delegate => "delegate type", _ => "class" },
        IMethodSymbol { MethodKind: MethodKind.Constructor or MethodKind.StaticConstructor } => "constructor",
        IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator or MethodKind.Conversion } => "operator",
        IMethodSymbol { MethodKind: MethodKind.LocalFunction } => "local function",
        IMethodSymbol { IsExtensionMethod: true } => "extension method",
        IMethodSymbol => "method",
        IPropertySymbol { IsIndexer: true } => "indexer",
        IPropertySymbol => "property",
        IFieldSymbol { ContainingType.TypeKind: TypeKind.Enum } => "enum value",
        IFieldSymbol { IsConst: true } => "constant",
        IFieldSymbol => "field",
        IEventSymbol => "event",
        IParameterSymbol => "parameter",
        ILocalSymbol => "local variable",
        INamespaceSymbol => "namespace",
        ITypeParameterSymbol => "type parameter",
        _ => "symbol",
    };
}
