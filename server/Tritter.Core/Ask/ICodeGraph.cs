using Tritter.Core.CSharp;

namespace Tritter.Core.Ask;

/// <summary>A declaration in a graph of code.</summary>
/// <param name="Name">Short, for people: "Store.Find".</param>
/// <param name="Qualified">With everything around it.</param>
/// <param name="Kind">With its article: "a public method".</param>
/// <param name="Path">Full path with '/' separators.</param>
/// <param name="Start">Offset of its header.</param>
/// <param name="Length">Of the header.</param>
/// <param name="Doc">Summary of its comment; empty when there is none.</param>
/// <param name="Handle">The graph's own.</param>
public sealed record CodeSymbol(string Name, string Qualified, string Kind, string Signature, string Path, int Start, int Length, string Doc, object Handle);

/// <summary>A place that uses a declaration.</summary>
/// <param name="Within">The member around it; null outside of all.</param>
public sealed record CodeUse(CodeSymbol? Within, string Path, int Start, int Length, UseKind Kind, bool IsTest);

/// <summary>A call out of a declaration's body.</summary>
public sealed record CodeCall(CodeSymbol Callee, string Path, int Start, int Length);

/// <summary>Declarations and how they use each other: by the compiler, or by names. Answers are written over either.</summary>
public interface ICodeGraph
{
    /// <summary>Whether uses are certain, rather than everything of the same name.</summary>
    bool IsCertain { get; }

    int FileCount { get; }

    /// <summary>Whether something is declared under a name, simple or qualified.</summary>
    bool Knows(string name, CancellationToken cancellationToken);

    /// <summary>Declarations with a name, simple or qualified, the likeliest first.</summary>
    IReadOnlyList<CodeSymbol> Find(string name, CancellationToken cancellationToken);

    /// <summary>In the order of files and text, the declaration itself left out.</summary>
    IReadOnlyList<CodeUse> Uses(CodeSymbol symbol, CancellationToken cancellationToken);

    /// <summary>What its body calls, of the graph's own declarations.</summary>
    IReadOnlyList<CodeCall> Calls(CodeSymbol symbol, CancellationToken cancellationToken);

    /// <summary>What derives from, implements or overrides it.</summary>
    IReadOnlyList<CodeSymbol> Derived(CodeSymbol symbol, CancellationToken cancellationToken);

    /// <summary>Test methods that use it.</summary>
    IReadOnlyList<(CodeSymbol Test, CodeUse Use)> Tests(CodeSymbol symbol, CancellationToken cancellationToken);

    /// <summary>The expression that it is initialised with, and where; null when there is none.</summary>
    (string Text, string Path, int Start, int Length)? Value(CodeSymbol symbol, CancellationToken cancellationToken);

    /// <summary>Declarations of a file, in its order.</summary>
    IReadOnlyList<CodeSymbol> InFile(string path, CancellationToken cancellationToken);

    /// <summary>The text that the graph was made of; null when it has no such file.</summary>
    string? Text(string path);
}
