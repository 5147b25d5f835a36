using System.Text.RegularExpressions;
using Tritter.Core.Chunking;
using Tritter.Core.CSharp;
using Tritter.Core.Documents;

namespace Tritter.Core.Ask;

/// <summary>A declaration as an index has it.</summary>
/// <param name="Path">Full path with '/' separators.</param>
public sealed record NamedPlace(string Path, SymbolDefinition Definition);

/// <summary>What an index is asked. Paths are full, lines count from 0.</summary>
/// <param name="Definitions">Of a name, simple or qualified.</param>
/// <param name="References">Lines that use a name.</param>
/// <param name="InFile">Declarations of a file, in its order.</param>
/// <param name="Text">A file's text as it was indexed or is now; null when there is none.</param>
public sealed record NameSources(
    Func<string, IReadOnlyList<NamedPlace>> Definitions,
    Func<string, IReadOnlyList<(string Path, int Line)>> References,
    Func<string, IReadOnlyList<NamedPlace>> InFile,
    Func<string, string?> Text,
    int FileCount);

/// <summary>The graph that names make, for languages without a compiler here: a use of a name counts for every declaration of it. For one answer.</summary>
public sealed partial class NameGraph(NameSources sources) : ICodeGraph
{
    private readonly Dictionary<string, LineIndex> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<NamedPlace>> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<(string, int)>> _references = new(StringComparer.Ordinal);

    public bool IsCertain => false;

    public int FileCount => sources.FileCount;

    public bool Knows(string name, CancellationToken cancellationToken) => sources.Definitions(Dotted(name)).Count > 0;

    public IReadOnlyList<CodeSymbol> Find(string name, CancellationToken cancellationToken)
    {
        return [.. sources.Definitions(Dotted(name)).Where(d => Text(d.Path) is not null)
            .OrderBy(d => IsTestPath(d.Path) ? 1 : 0).ThenBy(d => d.Definition.Kind == ChunkKind.Type ? 0 : 1).ThenBy(d => d.Definition.QualifiedName.Length).Select(d => Of(d))];
    }

    public IReadOnlyList<CodeUse> Uses(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        NamedPlace declared = Place(symbol);
        string name = declared.Definition.Name;
        var uses = new List<CodeUse>();
        foreach ((string path, int line) in sources.References(name))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Text(path) is not { } text || Lines(path).LineCount <= line)
            {
                continue;
            }

            int start = Lines(path).OffsetOf(new LinePosition(line, 0), PositionEncoding.Utf16);
            int end = Lines(path).OffsetOf(new LinePosition(line, int.MaxValue), PositionEncoding.Utf16);
            foreach (int at in Occurrences(text, name, start, end))
            {
                uses.Add(new CodeUse(Within(path, at, name) is { } within ? Of(within, isWithDoc: false) : null, path, at, UseEnd(text, at + name.Length, end) - at, KindOf(text, at, name.Length), IsTestPath(path)));
            }
        }

        return uses;
    }

    public IReadOnlyList<CodeCall> Calls(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        NamedPlace from = Place(symbol);
        if (Text(from.Path) is not { } text)
        {
            return [];
        }

        var calls = new List<CodeCall>();
        int end = Math.Min(text.Length, from.Definition.Start + from.Definition.Length);
        for (Match match = Call().Match(text, from.Definition.Start, end - from.Definition.Start); match.Success; match = match.NextMatch())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = match.Groups[1].Value;
            int line = Lines(from.Path).PositionOf(match.Groups[1].Index, PositionEncoding.Utf16).Line;
            if (name != from.Definition.Name && IsReference(name, from.Path, line) && Resolve(name, from) is { } callee)
            {
                calls.Add(new CodeCall(Of(callee), from.Path, match.Groups[1].Index, name.Length));
            }
        }

        return calls;
    }

    public IReadOnlyList<CodeSymbol> Derived(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        NamedPlace declared = Place(symbol);
        if (declared.Definition.Kind == ChunkKind.Type)
        {
            return [.. DerivedTypes(declared.Definition.Name, cancellationToken).Select(d => Of(d))];
        }

        string[] parts = declared.Definition.QualifiedName.Split('.');
        return parts.Length < 2
            ? []
            : [.. DerivedTypes(parts[^2], cancellationToken).SelectMany(t => InFile(t.Path).Where(m => m.Definition.QualifiedName == $"{t.Definition.QualifiedName}.{declared.Definition.Name}")).Select(d => Of(d))];
    }

    public IReadOnlyList<(CodeSymbol Test, CodeUse Use)> Tests(CodeSymbol symbol, CancellationToken cancellationToken) =>
        [.. Uses(symbol, cancellationToken).Where(u => u.IsTest && u.Within is { } within && Place(within).Definition.Name.StartsWith("test", StringComparison.OrdinalIgnoreCase)).DistinctBy(u => (u.Within!.Qualified, u.Path)).Select(u => (u.Within!, u))];

    public (string Text, string Path, int Start, int Length)? Value(CodeSymbol symbol, CancellationToken cancellationToken)
    {
        NamedPlace place = Place(symbol);
        string? text = Text(place.Path);
        Match? match = text is null ? null : Assigned().Match(text, place.Definition.Start, Math.Min(text.Length, place.Definition.Start + place.Definition.Length) - place.Definition.Start);
        return match is { Success: true } && !Call().IsMatch(place.Definition.Signature) ? (match.Groups[1].Value.TrimEnd(), place.Path, match.Groups[1].Index, match.Groups[1].Value.TrimEnd().Length) : null;
    }

    IReadOnlyList<CodeSymbol> ICodeGraph.InFile(string path, CancellationToken cancellationToken) => [.. InFile(path).Select(d => Of(d))];

    public string? Text(string path) => sources.Text(path);

    private static string Dotted(string name) => name.Replace("::", ".", StringComparison.Ordinal).Replace('#', '.').TrimEnd('(', ')');

    private static bool IsTestPath(string path) => TestPath().IsMatch(path);

    private static NamedPlace Place(CodeSymbol symbol) => (NamedPlace)symbol.Handle;

    private CodeSymbol Of(NamedPlace place, bool isWithDoc = true)
    {
        SymbolDefinition d = place.Definition;
        string text = Text(place.Path) ?? "";
        int end = text.AsSpan(Math.Min(d.Start, text.Length)).IndexOf('\n');
        int length = Math.Min(d.Length, end < 0 ? d.Length : end);
        string[] parts = d.QualifiedName.Split('.');
        string kind = d.Kind == ChunkKind.Type ? "a type" : parts.Length > 1 ? "a member" : "a declaration";
        return new CodeSymbol(parts.Length > 1 ? string.Join('.', parts[^2..]) : d.Name, d.QualifiedName, kind, d.Signature, place.Path, d.Start, length, isWithDoc ? DocWords.Of(text, d.Start, d.Length) : "", place);
    }

    private IReadOnlyList<NamedPlace> InFile(string path) => _files.TryGetValue(path, out IReadOnlyList<NamedPlace>? known) ? known : _files[path] = sources.InFile(path);

    private LineIndex Lines(string path) => _lines.TryGetValue(path, out LineIndex? known) ? known : _lines[path] = new LineIndex(Text(path) ?? "");

    private bool IsReference(string name, string path, int line)
    {
        if (!_references.TryGetValue(name, out HashSet<(string, int)>? places))
        {
            _references[name] = places = [.. sources.References(name)];
        }

        return places.Contains((path, line));
    }

    /// <summary>The innermost declaration around an offset.</summary>
    private NamedPlace? Within(string path, int offset, string name) =>
        InFile(path).Where(d => d.Definition.Start <= offset && offset < d.Definition.Start + d.Definition.Length && d.Definition.Length > name.Length).MinBy(d => d.Definition.Length);

    /// <summary>Which declaration a call most likely means: of the same type, the same file, or the only one.</summary>
    private NamedPlace? Resolve(string name, NamedPlace from)
    {
        IReadOnlyList<NamedPlace> all = sources.Definitions(name);
        string around = from.Definition.QualifiedName.Contains('.', StringComparison.Ordinal) ? from.Definition.QualifiedName[..from.Definition.QualifiedName.LastIndexOf('.')] : "";
        NamedPlace[] own = [.. all.Where(d => !IsTestPath(d.Path) || IsTestPath(from.Path))];
        return own.FirstOrDefault(d => d.Path == from.Path && around.Length > 0 && d.Definition.QualifiedName == $"{around}.{name}")
            ?? (own.Count(d => d.Path == from.Path) == 1 ? own.First(d => d.Path == from.Path) : own.Length == 1 ? own[0] : null);
    }

    private IEnumerable<NamedPlace> DerivedTypes(string name, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        var open = new Queue<string>([name]);
        while (open.TryDequeue(out string? type))
        {
            foreach ((string path, int line) in sources.References(type))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (NamedPlace derived in InFile(path).Where(d => d.Definition.Kind == ChunkKind.Type && IsInHeader(d, line) && d.Definition.Name != type))
                {
                    if (seen.Add(derived.Definition.Name))
                    {
                        open.Enqueue(derived.Definition.Name);
                        yield return derived;
                    }
                }
            }
        }
    }

    /// <summary>Whether a line is in a type's header, which ends at its first brace or at a colon at a line's end.</summary>
    private bool IsInHeader(NamedPlace type, int line)
    {
        if (Text(type.Path) is not { } text)
        {
            return false;
        }

        Match end = HeaderEnd().Match(text, type.Definition.Start, Math.Min(type.Definition.Length, text.Length - type.Definition.Start));
        int last = Lines(type.Path).PositionOf(end.Success ? end.Index : type.Definition.Start, PositionEncoding.Utf16).Line;
        return type.Definition.Line <= line && line <= last;
    }

    private static IEnumerable<int> Occurrences(string text, string name, int start, int end)
    {
        for (int at = text.IndexOf(name, start, end - start, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, end - at - 1, StringComparison.Ordinal))
        {
            if ((at == 0 || !IsPart(text[at - 1])) && (at + name.Length == text.Length || !IsPart(text[at + name.Length])))
            {
                yield return at;
            }
        }
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';

    /// <summary>To the end of the line's part that belongs to the use.</summary>
    private static int UseEnd(string text, int after, int lineEnd) => after < lineEnd && text[after] == '(' ? Math.Max(after, text.AsSpan(0, lineEnd).TrimEnd().Length) : after;

    private static UseKind KindOf(string text, int at, int length)
    {
        ReadOnlySpan<char> after = text.AsSpan(at + length).TrimStart(' ');
        return after.StartsWith("(") || after.StartsWith("::<") ? UseKind.Call
            : after.StartsWith("=") && !after.StartsWith("==") && !after.StartsWith("=>") ? UseKind.Write
            : after.Length > 1 && after[1] == '=' && "+-*/|&%^".Contains(after[0], StringComparison.Ordinal) ? UseKind.ReadWrite
            : UseKind.Read;
    }

    [GeneratedRegex(@"\b([A-Za-z_]\w*)\s*\(")]
    private static partial Regex Call();

    [GeneratedRegex(@"^[^=\n]*[^=!<>\n]=\s*([^=\n][^\n]*)", RegexOptions.Multiline)]
    private static partial Regex Assigned();

    [GeneratedRegex(@"\{|:[ \t]*(?:#[^\n]*)?$", RegexOptions.Multiline)]
    private static partial Regex HeaderEnd();

    [GeneratedRegex(@"(?:^|/)(?:tests?|spec|__tests__)/|(?:^|/)test_[^/]*$|[._-](?:test|spec|tests)\.[^/]*$", RegexOptions.IgnoreCase)]
    private static partial Regex TestPath();
}
