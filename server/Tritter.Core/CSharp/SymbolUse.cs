using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Tritter.Core.CSharp;

/// <summary>What a name is used for.</summary>
public enum UseKind
{
    /// <summary>Called, or constructed.</summary>
    Call,

    /// <summary>Its value is read.</summary>
    Read,

    /// <summary>It is assigned.</summary>
    Write,

    /// <summary>Read and assigned, as by <c>+=</c>, <c>++</c> or <c>ref</c>.</summary>
    ReadWrite,

    /// <summary>A method taken as a value.</summary>
    Value,

    /// <summary>A type named, or a member named by <c>nameof</c>.</summary>
    Name,
}

/// <summary>A place that names a symbol.</summary>
/// <param name="Span">Of the name alone.</param>
/// <param name="Statement">Of the whole call or the name, whichever is longer: what to show.</param>
/// <param name="Within">The member around it; null outside of all.</param>
public sealed record SymbolUse(CSharpProject Project, SyntaxTree Tree, TextSpan Span, TextSpan Statement, ISymbol? Within, UseKind Kind);
