using System.Diagnostics.CodeAnalysis;

namespace Tritter.Core.Syntax;

/// <summary>A text as tree-sitter parsed it. Every text has a tree; what the grammar does not know is in nodes of kind ERROR. One thread at a time.</summary>
internal sealed unsafe class ParsedText : IDisposable
{
    /// <summary>tree-sitter counts in 32 bits of bytes.</summary>
    private const int MaxCharacters = int.MaxValue / sizeof(char);

    private readonly TreeHandle _tree;

    private ParsedText(Grammar grammar, string text, TreeHandle tree) => (Grammar, Text, _tree) = (grammar, text, tree);

    public Grammar Grammar { get; }

    public string Text { get; }

    /// <param name="limit">Grammars with many ambiguities can take long on damaged text.</param>
    /// <returns>Null when the time was not enough.</returns>
    /// <exception cref="OperationCanceledException"/>
    public static ParsedText? Parse(Grammar grammar, string text, TimeSpan limit, CancellationToken cancellationToken) => Parse(grammar, text, 0, limit, cancellationToken);

    /// <summary>Parses the text with one place changed, in the time that the change takes.</summary>
    /// <param name="start">Offset of what is replaced.</param>
    /// <param name="removed">Characters taken out there.</param>
    /// <param name="inserted">What stands there instead.</param>
    /// <returns>Null when the time was not enough.</returns>
    /// <exception cref="OperationCanceledException"/>
    public ParsedText? With(int start, int removed, string inserted, TimeSpan limit, CancellationToken cancellationToken)
    {
        string text = string.Concat(Text.AsSpan(0, start), inserted, Text.AsSpan(start + removed));
        int oldEnd = start + removed, newEnd = start + inserted.Length;
        var edit = new TreeSitterEdit(Bytes(start), Bytes(oldEnd), Bytes(newEnd), Point(Text, start), Point(Text, oldEnd), Point(text, newEnd));
        using TreeHandle old = TreeSitterApi.Copy(_tree);
        TreeSitterApi.Edit(old, &edit);
        return Parse(Grammar, text, old.DangerousGetHandle(), limit, cancellationToken);
    }

    /// <summary>Where the grammar was not met: spans of ERROR nodes, and empty ones where a token is missing. Ascending by start.</summary>
    public IReadOnlyList<SyntaxFault> Faults()
    {
        var faults = new List<SyntaxFault>();
        TreeSitterCursor cursor = TreeSitterApi.NewCursor(TreeSitterApi.Root(_tree));
        try
        {
            while (true)
            {
                TreeSitterNode node = TreeSitterApi.CurrentNode(&cursor);
                bool isMissing = TreeSitterApi.IsMissing(node);
                if (isMissing || TreeSitterApi.IsError(node))
                {
                    faults.Add(new SyntaxFault(Offset(TreeSitterApi.Start(node)), Offset(TreeSitterApi.End(node)), isMissing ? Grammar.Kind(TreeSitterApi.Symbol(node)) : null));
                }

                // Most of a tree has no fault in it and is not looked at.
                if (TreeSitterApi.HasError(node) && TreeSitterApi.GotoFirstChild(&cursor))
                {
                    continue;
                }

                while (!TreeSitterApi.GotoNextSibling(&cursor))
                {
                    if (!TreeSitterApi.GotoParent(&cursor))
                    {
                        return faults;
                    }
                }
            }
        }
        finally
        {
            TreeSitterApi.DeleteCursor(&cursor);
        }
    }

    /// <summary>All nodes.</summary>
    public SyntaxTree Tree()
    {
        var nodes = new List<SyntaxTree.NodeData>(Text.Length / 3);
        TreeSitterCursor cursor = TreeSitterApi.NewCursor(TreeSitterApi.Root(_tree));
        try
        {
            int parent = -1;
            while (true)
            {
                TreeSitterNode node = TreeSitterApi.CurrentNode(&cursor);
                int index = nodes.Count;
                nodes.Add(new SyntaxTree.NodeData(
                    Grammar.Kind(TreeSitterApi.Symbol(node)), Grammar.Field(TreeSitterApi.CurrentField(&cursor)), Offset(TreeSitterApi.Start(node)), Offset(TreeSitterApi.End(node)), parent,
                    TreeSitterApi.IsNamed(node)));
                if (TreeSitterApi.GotoFirstChild(&cursor))
                {
                    parent = index;
                    continue;
                }

                while (!TreeSitterApi.GotoNextSibling(&cursor))
                {
                    if (!TreeSitterApi.GotoParent(&cursor))
                    {
                        return new SyntaxTree(Grammar, Text, nodes);
                    }

                    parent = nodes[parent].Parent;
                }
            }
        }
        finally
        {
            TreeSitterApi.DeleteCursor(&cursor);
        }
    }

    public void Dispose() => _tree.Dispose();

    [SuppressMessage("Reliability", "CA2000", Justification = "The parsed text owns the tree.")]
    private static ParsedText? Parse(Grammar grammar, string text, nint oldTree, TimeSpan limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (text.Length > MaxCharacters)
        {
            return null;
        }

        using ParserHandle parser = TreeSitterApi.NewParser();
        TreeSitterApi.SetLanguage(parser, grammar.Language);
        TreeSitterApi.SetTimeout(parser, (ulong)Math.Max(1, limit.TotalMicroseconds));
        nuint[] cancelled = GC.AllocateArray<nuint>(1, pinned: true);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => Volatile.Write(ref cancelled[0], 1));
        fixed (nuint* flag = cancelled)
        fixed (char* characters = text)
        {
            TreeSitterApi.SetCancellationFlag(parser, flag);
            TreeHandle tree = TreeSitterApi.Parse(parser, oldTree, characters, Bytes(text.Length), TreeSitterApi.Utf16LittleEndian);
            cancellationToken.ThrowIfCancellationRequested();
            return tree.IsInvalid ? null : new ParsedText(grammar, text, tree);
        }
    }

    private static TreeSitterPoint Point(string text, int offset)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, offset);
        return new TreeSitterPoint((uint)before.Count('\n'), Bytes(offset - (before.LastIndexOf('\n') + 1)));
    }

    private static uint Bytes(int characters) => (uint)characters * sizeof(char);

    private static int Offset(uint bytes) => (int)(bytes / sizeof(char));
}

/// <summary>A place where a text is not what its grammar expects.</summary>
/// <param name="Start">UTF-16 offset.</param>
/// <param name="End">Equal to <paramref name="Start"/> where something is missing.</param>
/// <param name="Missing">The token that is missing, such as ")"; null for text that fits nowhere.</param>
internal readonly record struct SyntaxFault(int Start, int End, string? Missing)
{
    private const int MostShown = 40;

    /// <summary>The fault in words, on one line.</summary>
    public string Describe(string text)
    {
        if (Missing is { } missing)
        {
            return $"'{missing}' is missing";
        }

        string found = text[Start..Math.Min(End, Start + MostShown)].ReplaceLineEndings(" ").Trim();
        return found.Length == 0 ? "a syntax error" : $"'{found}' does not fit here";
    }
}
