using System.Text;
using Tritter.Core.Chunking;
using Tritter.Core.Context;

namespace Tritter.Repository.Index;

/// <summary>Finds in an index what may help at a cursor. What it finds is free of secrets, and of files that are ignored.</summary>
public static class RepositoryContext
{
    private const int ChunksLookedAt = 8;
    private const int MostImports = 6;
    private const int MostSymbolsOfAFile = 16;
    private const int MostDefinitionsOfAName = 3;
    private const int MostNames = 12;

    /// <param name="path">The file's path relative to the index's root: nothing is taken from it.</param>
    /// <param name="text">As it is in the editor.</param>
    /// <param name="sources">What to look for.</param>
    public static IReadOnlyList<ContextCandidate> Find(RepositoryIndex index, string path, string text, int offset, RetrievalSources sources, CancellationToken cancellationToken)
    {
        var found = new List<ContextCandidate>();
        IReadOnlyList<string> near = CursorWords.Near(text, offset);
        bool hasCompiler = Path.GetExtension(path).Equals(".cs", StringComparison.OrdinalIgnoreCase);
        if (!hasCompiler && (sources & (RetrievalSources.Imports | RetrievalSources.Names)) != 0)
        {
            FileSymbols own = SymbolScan.Of(path, text, cancellationToken);
            if (sources.HasFlag(RetrievalSources.Imports))
            {
                found.AddRange(Imports(index, path, text, own));
            }

            if (sources.HasFlag(RetrievalSources.Names))
            {
                found.AddRange(Names(index, path, near, own));
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (sources.HasFlag(RetrievalSources.Words))
        {
            found.AddRange(Words(index, path, near));
        }

        return found;
    }

    private static IEnumerable<ContextCandidate> Imports(RepositoryIndex index, string path, string text, FileSymbols own)
    {
        HashSet<string> files = [.. index.Files().Select(f => f.Path)];
        HashSet<string> used = [.. own.References.Select(r => r.Name)];
        IEnumerable<string> imported = own.Imports.Select(import => ImportPaths.Find(path, import, files.Contains)).OfType<string>().Where(p => p != path).Distinct().Take(MostImports);
        foreach (string file in imported)
        {
            // Whoever imports a file uses some of it: what the text names comes first, the types it names with their members.
            IndexedSymbol[] symbols = [.. index.Symbols(file)];
            IndexedSymbol[] shown = [.. symbols.Where(s => used.Contains(s.Name) || symbols.Any(o => used.Contains(o.Name) && IsInside(s, o))).Take(MostSymbolsOfAFile)];
            if (shown.Length > 0)
            {
                yield return Signatures(file, shown, shown.Count(s => used.Contains(s.Name)), RetrievalSources.Imports);
            }
        }
    }

    private static IEnumerable<ContextCandidate> Names(RepositoryIndex index, string path, IReadOnlyList<string> near, FileSymbols own)
    {
        HashSet<string> ownNames = [.. own.Definitions.Select(d => d.Name)];
        string language = Core.Documents.Languages.OfPath(path);
        var definitions = new List<IndexedSymbol>();
        foreach (string name in near.Where(n => !ownNames.Contains(n)).Take(MostNames))
        {
            IndexedSymbol[] defining = [.. index.Definitions(name, MostDefinitionsOfAName + 1).Where(s => s.Path != path && Core.Documents.Languages.OfPath(s.Path) == language)];
            // A name that everybody uses says nothing about which one is meant.
            if (defining.Length <= MostDefinitionsOfAName)
            {
                definitions.AddRange(defining);
            }
        }

        return definitions.GroupBy(s => s.Path, StringComparer.Ordinal).Select(g => Signatures(g.Key, [.. g.Distinct().OrderBy(s => s.Start)], g.Count(), RetrievalSources.Names));
    }

    private static IEnumerable<ContextCandidate> Words(RepositoryIndex index, string path, IReadOnlyList<string> near)
    {
        string[] words = [.. near.SelectMany(n => IdentifierWords.Of(n)).Where(w => w.Length > 2).Distinct(StringComparer.Ordinal)];
        string language = Core.Documents.Languages.OfPath(path);
        return index.Search(words, ChunksLookedAt, p => p != path && Core.Documents.Languages.OfPath(p) == language)
            .Where(hit => hit.Text is not null && hit.Chunk.Kind != ChunkKind.Imports)
            .Select(hit => new ContextCandidate(hit.Chunk.Path, hit.Chunk.Start, hit.Text!.Replace("\r\n", "\n", StringComparison.Ordinal).TrimStart('\n'), hit.Score, RetrievalSources.Words));
    }

    private static ContextCandidate Signatures(string path, IReadOnlyList<IndexedSymbol> symbols, double score, RetrievalSources source)
    {
        var text = new StringBuilder();
        foreach (IndexedSymbol symbol in symbols)
        {
            int depth = symbols.Count(other => IsInside(symbol, other));
            text.Append(' ', 4 * depth).Append(symbol.Signature).Append('\n');
        }

        return new ContextCandidate(path, symbols[0].Start, text.ToString(), score, source);
    }

    private static bool IsInside(IndexedSymbol inner, IndexedSymbol outer) => inner != outer && inner.Start >= outer.Start && inner.Start + inner.Length <= outer.Start + outer.Length && inner.Length < outer.Length;
}
