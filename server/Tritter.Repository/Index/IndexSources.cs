using Tritter.Core.Ask;
using Tritter.Core.Chunking;

namespace Tritter.Repository.Index;

/// <summary>What questions are answered from of an index. Declarations of files that changed since they were indexed are left out. For one question.</summary>
/// <param name="isCovered">Whether the compiler knows a file better, by its full path.</param>
public sealed class IndexSources(RepositoryIndex index, Func<string, bool> isCovered)
{
    private readonly Dictionary<string, string?> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> _isAsIndexed = new(StringComparer.Ordinal);
    private readonly string _root = index.Root.Replace('\\', '/');

    public NameSources Names => new(
        name => [.. index.Definitions(name).Where(IsFresh).Select(Of)],
        name => [.. index.References(name, 2000).Select(r => (Full(r.Path), r.Line)).Where(r => !isCovered(r.Item1))],
        path => [.. index.Symbols(Relative(path)).Where(IsFresh).Select(Of)],
        path => Text(Relative(path)),
        index.Counts().Files);

    /// <summary>See <see cref="AskSources"/>.</summary>
    public IReadOnlyList<Found> Search(string words, int limit) =>
        [.. index.Search(words, limit).Where(hit => hit.Text is not null && Text(hit.Chunk.Path) is not null)
            .Select(hit => new Found(Full(hit.Chunk.Path), Text(hit.Chunk.Path)!, hit.Chunk.Start, hit.Chunk.Length, hit.Chunk.Symbol, hit.Score))];

    /// <summary>The full path of a file whose path is, or ends in, what somebody wrote: the shortest.</summary>
    public string? FilePath(string written)
    {
        string wanted = written.Replace('\\', '/').TrimStart('.', '/');
        return index.Files().Select(f => f.Path).Where(p => p == wanted || p.EndsWith('/' + wanted, StringComparison.OrdinalIgnoreCase)).MinBy(p => p.Length) is { } path ? Full(path) : null;
    }

    private bool IsFresh(IndexedSymbol symbol) => !isCovered(Full(symbol.Path)) && IsAsIndexed(symbol.Path, symbol.Hash);

    private bool IsAsIndexed(string path, string hash)
    {
        if (!_isAsIndexed.TryGetValue(path, out bool known))
        {
            // One reading serves all declarations of the file.
            string? text = index.Text(path, hash);
            _isAsIndexed[path] = known = text is not null;
            _texts.TryAdd(path, text ?? index.Text(path, null));
        }

        return known;
    }

    private NamedPlace Of(IndexedSymbol s) => new(Full(s.Path), new SymbolDefinition(s.Name, s.QualifiedName, s.Kind, s.Start, s.Length, s.Line, s.Signature));

    private string? Text(string path) => _texts.TryGetValue(path, out string? known) ? known : _texts[path] = index.Text(path, null);

    private string Full(string path) => $"{_root}/{path}";

    private string Relative(string path) => path.StartsWith(_root + "/", StringComparison.Ordinal) ? path[(_root.Length + 1)..] : path;
}
