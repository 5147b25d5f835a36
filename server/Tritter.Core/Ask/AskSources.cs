namespace Tritter.Core.Ask;

/// <summary>A piece of a file that words were found in.</summary>
/// <param name="Path">Full path with '/' separators.</param>
/// <param name="FileText">The whole file's text, in which it was found.</param>
/// <param name="Symbol">Qualified name of what it declares; null for none.</param>
/// <param name="Score">Higher is better, within one search.</param>
public sealed record Found(string Path, string FileText, int Start, int Length, string? Symbol, double Score);

/// <summary>What answers are made of.</summary>
/// <param name="Graphs">Asked in this order.</param>
/// <param name="Search">The pieces that have any of the words, best first: words and the most to give.</param>
/// <param name="FilePath">The full path of a file that somebody names, perhaps by its end alone; null when there is none.</param>
/// <param name="Files">How many files are searched.</param>
/// <param name="Chunks">How many pieces of them.</param>
public sealed record AskSources(IReadOnlyList<ICodeGraph> Graphs, Func<string, int, IReadOnlyList<Found>> Search, Func<string, string?> FilePath, int Files, int Chunks)
{
    public bool Knows(string name, CancellationToken cancellationToken) => Graphs.Any(g => g.Knows(name, cancellationToken));

    /// <summary>The graph that has a name, and the declarations of it there.</summary>
    public (ICodeGraph Graph, IReadOnlyList<CodeSymbol> Symbols)? Find(string name, CancellationToken cancellationToken)
    {
        foreach (ICodeGraph graph in Graphs)
        {
            if (graph.Find(name, cancellationToken) is { Count: > 0 } symbols)
            {
                return (graph, symbols);
            }
        }

        return null;
    }
}
