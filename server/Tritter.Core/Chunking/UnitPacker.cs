namespace Tritter.Core.Chunking;

/// <summary>Makes chunks of units: splits large ones, merges small siblings, and gives the text between units to one of them.</summary>
internal sealed class UnitPacker(string path, string text, ChunkBudget budget, CancellationToken cancellationToken)
{
    private readonly List<Piece> _pieces = [];

    /// <param name="units">Units of the whole text.</param>
    public IReadOnlyList<Chunk> Pack(IReadOnlyList<SyntaxUnit> units)
    {
        AddSiblings(units, 0, text.Length, parent: null);
        var chunks = new List<Chunk>(_pieces.Count);
        int line = 0, scanned = 0;
        foreach (Piece piece in _pieces)
        {
            line += text.AsSpan(scanned, piece.Start - scanned).Count('\n');
            int last = line + text.AsSpan(piece.Start, piece.Length - 1).Count('\n');
            scanned = piece.Start;
            SyntaxUnit unit = piece.Unit;
            chunks.Add(new Chunk(path, piece.Start, piece.Length, line, last, unit.Kind, unit.Symbol, unit.Signature, unit.Doc));
        }

        return chunks;
    }

    /// <summary>Adds pieces that cover [start, end). Text before a unit goes to it (a comment, a blank line), text behind the last one to that.</summary>
    private void AddSiblings(IReadOnlyList<SyntaxUnit> units, int start, int end, SyntaxUnit? parent)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var group = new List<Piece>();
        int from = start;
        for (int i = 0; i < units.Count; i++)
        {
            SyntaxUnit unit = units[i];
            int to = i + 1 == units.Count ? end : Math.Clamp(LineEnd(unit.End, units[i + 1].Start), from, end);
            if (to > from)
            {
                Add(group, unit, from, to, parent);
            }

            from = Math.Max(from, to);
        }

        if (from < end)
        {
            Add(group, parent is null ? new SyntaxUnit(from, end, ChunkKind.Lines) : parent with { Children = [] }, from, end, parent);
        }

        Flush(group);
    }

    private void Add(List<Piece> group, SyntaxUnit unit, int from, int to, SyntaxUnit? parent)
    {
        if (to - from <= budget.MaxCharacters)
        {
            group.Add(new Piece(from, to - from, unit));
            return;
        }

        Flush(group);
        if (unit.Children.Count == 0)
        {
            _pieces.AddRange(Split(unit, from, to));
            return;
        }

        int header = Math.Clamp(unit.Children[0].Start, from, to);
        SyntaxUnit head = unit with { Kind = unit.Kind == ChunkKind.Type ? ChunkKind.TypeHeader : unit.Kind, Children = [] };
        _pieces.AddRange(Split(head, from, header));
        AddSiblings(unit.Children, header, to, unit);
    }

    /// <summary>Merges neighbours of which one is small, as long as the budget allows, and of equal kind where it matters.</summary>
    private void Flush(List<Piece> group)
    {
        Piece? current = null;
        foreach (Piece piece in group)
        {
            if (current is not Piece c)
            {
                current = piece;
            }
            else if (Merges(c, piece))
            {
                current = new Piece(c.Start, c.Length + piece.Length, Merged(c.Unit, piece.Unit));
            }
            else
            {
                _pieces.Add(c);
                current = piece;
            }
        }

        if (current is Piece last)
        {
            _pieces.Add(last);
        }

        group.Clear();
    }

    private bool Merges(Piece a, Piece b)
    {
        // An import block stays alone unless it is imports that follow: it is looked up as such.
        bool alike = a.Unit.Kind == ChunkKind.Imports == (b.Unit.Kind == ChunkKind.Imports);
        return alike && a.Length + b.Length <= budget.MaxCharacters && Math.Min(a.Length, b.Length) <= budget.SmallCharacters;
    }

    private static SyntaxUnit Merged(SyntaxUnit a, SyntaxUnit b) => (a.Signature is null ? b : a) with
    {
        Signature = a.Signature is null || b.Signature is null || a.Signature == b.Signature ? a.Signature ?? b.Signature : $"{a.Signature}; {b.Signature}",
        Doc = a.Doc is null || b.Doc is null ? a.Doc ?? b.Doc : $"{a.Doc}\n{b.Doc}",
    };

    private IEnumerable<Piece> Split(SyntaxUnit unit, int from, int to)
    {
        while (to > from)
        {
            int cut = to - from <= budget.MaxCharacters ? to : Cut(unit.Breaks, from, to);
            yield return new Piece(from, cut - from, unit);
            from = cut;
        }
    }

    /// <summary>The last good place within the budget: a statement, else a line, else any character.</summary>
    private int Cut(IReadOnlyList<int> breaks, int from, int to)
    {
        int limit = Math.Min(to, from + budget.MaxCharacters);
        int atLeast = from + ((limit - from) / 4);
        int statement = breaks.LastOrDefault(b => b > atLeast && b <= limit, -1);
        if (statement >= 0)
        {
            return statement;
        }

        int line = text.LastIndexOf('\n', limit - 1, limit - from) + 1;
        if (line > from)
        {
            return line;
        }

        bool splitsPair = limit < to && char.IsLowSurrogate(text[limit]) && char.IsHighSurrogate(text[limit - 1]);
        return splitsPair ? limit - 1 > from ? limit - 1 : Math.Min(to, limit + 1) : limit;
    }

    /// <summary>The unit's own line ends with it when only blanks and a comment follow there.</summary>
    private int LineEnd(int end, int nextStart)
    {
        int lineEnd = end >= text.Length ? text.Length : LineUnits.NextLine(text, Math.Max(0, end - (end > 0 && text[end - 1] == '\n' ? 1 : 0)));
        return lineEnd <= nextStart ? lineEnd : Math.Max(end, nextStart);
    }

    private readonly record struct Piece(int Start, int Length, SyntaxUnit Unit);
}
