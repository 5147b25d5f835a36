using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>The units of a file that tree-sitter parsed: imports, types with their members, functions, and runs of statements between them.</summary>
internal sealed class TreeUnits
{
    /// <summary>Types and modules nested deeper are not cut by their members.</summary>
    private const int MaxDepth = 32;

    private readonly SyntaxTree _tree;
    private readonly Outline _outline;

    private TreeUnits(SyntaxTree tree) => (_tree, _outline) = (tree, Outline.Of(tree.Grammar));

    public static IReadOnlyList<SyntaxUnit> Of(SyntaxTree tree)
    {
        var units = new List<SyntaxUnit>();
        new TreeUnits(tree).AddInside(units, tree.Root, qualifier: "", inType: false, depth: 0);
        return units;
    }

    private void AddInside(List<SyntaxUnit> units, Node container, string qualifier, bool inType, int depth)
    {
        // Where comments and decorators begin that belong to what follows them.
        int? lead = null;
        int previousEnd = container.Start;
        var docs = new List<Node>();
        foreach (Node child in container.Children)
        {
            if (_outline.Attached.Contains(child.Kind))
            {
                bool trails = lead is null && previousEnd > 0 && previousEnd <= child.Start && _tree.Text.AsSpan(previousEnd - 1, child.Start - previousEnd + 1).IndexOf('\n') < 0 && units.Count > 0;
                lead ??= trails ? null : LineStart(child.Start);
                docs.Add(child);
                continue;
            }

            if (child.IsNamed)
            {
                Add(units, child, lead ?? LineStart(child.Start), docs, qualifier, inType, depth);
            }

            (lead, previousEnd) = (null, child.End);
            docs.Clear();
        }
    }

    private void Add(List<SyntaxUnit> units, Node node, int start, IReadOnlyList<Node> docs, string qualifier, bool inType, int depth)
    {
        if (_outline.Imports.Contains(node.Kind) || (node.Kind == "export_statement" && node.Child("source") is not null))
        {
            AddJoined(units, node, start, ChunkKind.Imports);
        }
        else if (Namespace(node) is { } space && Body(space) is { } body && depth < MaxDepth)
        {
            // Its first line goes to what follows, its last one to what stands before.
            int before = units.Count;
            AddInside(units, body, Qualified(qualifier, space.Child("name")?.Text.ToString()) ?? qualifier, inType: false, depth + 1);
            if (units.Count > before)
            {
                units[^1] = units[^1] with { End = node.End };
            }
        }
        else if (Declaration.Of(node, _outline, inType) is { } declaration && (inType || declaration.Inner.Kind != "assignment"))
        {
            units.Add(Unit(declaration, start, docs, qualifier, depth));
        }
        else if (node.Kind == "ERROR" && depth < MaxDepth)
        {
            // What is whole in a broken place is still found.
            AddInside(units, node, qualifier, inType, depth + 1);
        }
        else if (!inType && node.Parent is { Kind: not "ERROR" })
        {
            AddJoined(units, node, start, ChunkKind.Lines);
        }
    }

    private Node? Namespace(Node node)
    {
        for (Node? at = node; at is { } n; at = _outline.Wrappers.Contains(n.Kind) ? n.Child("declaration") ?? First(n) : null)
        {
            if (_outline.Namespaces.Contains(n.Kind))
            {
                return n;
            }
        }

        return null;

        static Node? First(Node wrapper)
        {
            foreach (Node child in wrapper.Children)
            {
                if (child.IsNamed)
                {
                    return child;
                }
            }

            return null;
        }
    }

    private static Node? Body(Node space) => space.Child("body") ?? space.ChildOfKind("declaration_list");

    private SyntaxUnit Unit(Declaration declaration, int start, IReadOnlyList<Node> docs, string qualifier, int depth)
    {
        string? symbol = Qualified(qualifier, declaration.Name);
        var children = new List<SyntaxUnit>();
        if (declaration.Kind == ChunkKind.Type && declaration.Body is { } body && depth < MaxDepth)
        {
            AddInside(children, body, symbol ?? qualifier, inType: true, depth + 1);
            children.RemoveAll(c => c.Symbol is null && c.Signature is null);
        }

        string signature = declaration.Signature;
        if (children.Count > 0)
        {
            signature = $"{signature} {{ {string.Join("; ", children.Select(c => c.Signature))} }}";
        }

        return new SyntaxUnit(start, declaration.Outer.End, declaration.Kind)
        {
            Symbol = symbol,
            Signature = signature,
            Doc = DocComment.Of(declaration, docs),
            Children = children,
            Breaks = children.Count > 0 ? [] : Breaks(declaration.Outer),
        };
    }

    /// <summary>Neighbours of the same kind are one unit, cut between them when they are too many.</summary>
    private void AddJoined(List<SyntaxUnit> units, Node node, int start, ChunkKind kind)
    {
        if (units.Count > 0 && units[^1].Kind == kind && units[^1].Children.Count == 0)
        {
            units[^1] = units[^1] with { End = node.End, Breaks = [.. units[^1].Breaks, start, .. Breaks(node)] };
        }
        else
        {
            units.Add(new SyntaxUnit(start, node.End, kind) { Breaks = Breaks(node) });
        }
    }

    /// <summary>Where statements begin inside a node, comments before them included.</summary>
    private List<int> Breaks(Node node)
    {
        var breaks = new List<int>();
        for (int i = node.Index + 1; i < node.After; i++)
        {
            if (_tree[i] is { IsNamed: true, Parent: { } parent } child && _outline.Blocks.Contains(parent.Kind) && LineStart(child.Start) is var line && line > node.Start && (breaks.Count == 0 || breaks[^1] < line))
            {
                breaks.Add(line);
            }
        }

        return breaks;
    }

    private string? Qualified(string qualifier, string? name) => string.IsNullOrEmpty(name) ? null : qualifier.Length == 0 ? name : qualifier + _outline.Separator + name;

    /// <summary>The start of the line when only blanks stand before the offset there: indentation belongs to what it indents.</summary>
    private int LineStart(int offset)
    {
        int start = offset;
        while (start > 0 && _tree.Text[start - 1] is ' ' or '\t')
        {
            start--;
        }

        return start == 0 || _tree.Text[start - 1] == '\n' ? start : offset;
    }
}
