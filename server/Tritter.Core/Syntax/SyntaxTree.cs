using Tritter.Core.Documents;

namespace Tritter.Core.Syntax;

/// <summary>The nodes of a text in the order of their beginnings, each before its children. Immutable, for any thread.</summary>
internal sealed class SyntaxTree
{
    private readonly NodeData[] _nodes;
    private readonly int[] _after;

    internal SyntaxTree(Grammar grammar, string text, IReadOnlyList<NodeData> nodes)
    {
        (Grammar, Text, _nodes) = (grammar, text, [.. nodes]);
        _after = new int[_nodes.Length];
        for (int i = _nodes.Length - 1; i >= 0; i--)
        {
            _after[i] = Math.Max(_after[i], i + 1);
            if (_nodes[i].Parent is >= 0 and var parent)
            {
                _after[parent] = Math.Max(_after[parent], _after[i]);
            }
        }
    }

    public Grammar Grammar { get; }

    public string Text { get; }

    public Node Root => new(this, 0);

    public int Count => _nodes.Length;

    /// <summary>Parses a text that only one caller looks at.</summary>
    /// <returns>Null when there is no parser for its language, or the time was not enough.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static SyntaxTree? Parse(string languageId, string text, TimeSpan limit, CancellationToken cancellationToken)
    {
        using ParsedText? parsed = Grammar.OfLanguage(languageId) is { } grammar ? ParsedText.Parse(grammar, text, limit, cancellationToken) : null;
        return parsed?.Tree();
    }

    /// <inheritdoc cref="Parse"/>
    public static SyntaxTree? ParseFile(string path, string text, TimeSpan limit, CancellationToken cancellationToken) => Parse(Languages.OfPath(path), text, limit, cancellationToken);

    /// <summary>The node at a place of the order, 0 to <see cref="Count"/> - 1.</summary>
    public Node this[int index] => new(this, index);

    internal ref readonly NodeData Data(int index) => ref _nodes[index];

    /// <summary>Index after a node's last descendant.</summary>
    internal int After(int index) => _after[index];

    internal readonly record struct NodeData(string Kind, string Field, int Start, int End, int Parent, bool IsNamed);
}

/// <summary>A node of a tree.</summary>
internal readonly record struct Node(SyntaxTree Tree, int Index)
{
    /// <summary>What the grammar calls it: function_definition, or the text of a keyword or sign.</summary>
    public string Kind => Tree.Data(Index).Kind;

    /// <summary>Its role in its parent, such as body; empty for none.</summary>
    public string Field => Tree.Data(Index).Field;

    public int Start => Tree.Data(Index).Start;

    public int End => Tree.Data(Index).End;

    /// <summary>False for keywords and signs.</summary>
    public bool IsNamed => Tree.Data(Index).IsNamed;

    public ReadOnlySpan<char> Text => Tree.Text.AsSpan(Start, End - Start);

    public Node? Parent => Tree.Data(Index).Parent is >= 0 and var parent ? Tree[parent] : null;

    /// <summary>Index after the last descendant: those are the indexes between <see cref="Index"/> and this.</summary>
    public int After => Tree.After(Index);

    /// <summary>Children in order, keywords and signs among them.</summary>
    public IEnumerable<Node> Children
    {
        get
        {
            for (int i = Index + 1; i < After; i = Tree.After(i))
            {
                yield return Tree[i];
            }
        }
    }

    /// <summary>The first child of a role; null when there is none.</summary>
    public Node? Child(string field)
    {
        for (int i = Index + 1; i < After; i = Tree.After(i))
        {
            if (Tree.Data(i).Field == field)
            {
                return Tree[i];
            }
        }

        return null;
    }

    /// <summary>The first child of a kind; null when there is none.</summary>
    public Node? ChildOfKind(string kind)
    {
        for (int i = Index + 1; i < After; i = Tree.After(i))
        {
            if (Tree.Data(i).Kind == kind)
            {
                return Tree[i];
            }
        }

        return null;
    }

    public override string ToString() => $"{Kind} [{Start}..{End})";
}
