using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>Symbols of a file that tree-sitter parsed. What is declared inside a function is nobody else's business and not among them.</summary>
internal sealed class TreeSymbols
{
    private readonly SyntaxTree _tree;
    private readonly Outline _outline;
    private readonly LineStarts _lines;
    private readonly List<SymbolDefinition> _definitions = [];

    private TreeSymbols(SyntaxTree tree) => (_tree, _outline, _lines) = (tree, Outline.Of(tree.Grammar), new LineStarts(tree.Text));

    public static FileSymbols Of(SyntaxTree tree)
    {
        var symbols = new TreeSymbols(tree);
        symbols.AddDefinitions();
        return new FileSymbols(symbols._definitions, symbols.References(), Imported.By(tree));
    }

    private void AddDefinitions()
    {
        // Where each type or module around the node ends, and the name of what is in it.
        var around = new Stack<(int After, string Qualifier, bool IsType)>();
        for (int i = 1; i < _tree.Count;)
        {
            while (around.TryPeek(out var innermost) && i >= innermost.After)
            {
                around.Pop();
            }

            Node node = _tree[i];
            (_, string qualifier, bool inType) = around.TryPeek(out var outer) ? outer : (0, "", false);
            if (_outline.Imports.Contains(node.Kind))
            {
                i = node.After;
            }
            else if (_outline.Namespaces.Contains(node.Kind))
            {
                around.Push((node.After, Qualified(qualifier, node.Child("name")?.Text.ToString()), false));
                i++;
            }
            else if (node.IsNamed && Declaration.Of(node, _outline, inType) is { } declaration)
            {
                Add(declaration, qualifier);
                bool isType = declaration.Kind == ChunkKind.Type;
                if (isType)
                {
                    around.Push((node.After, Qualified(qualifier, declaration.Name), true));
                }

                // Members stand in a type's body; in anything else is only what it does itself.
                i = isType && declaration.Body is { } body ? body.Index + 1 : node.After;
            }
            else
            {
                i = IsFunctionBody(node) ? node.After : i + 1;
            }
        }
    }

    private void Add(Declaration declaration, string qualifier)
    {
        if (declaration.Inner.Kind == "impl_item")
        {
            return;
        }

        string signature = declaration.Signature;
        foreach (Node name in declaration.Names)
        {
            string text = name.Text.ToString();
            _definitions.Add(new SymbolDefinition(
                text, Qualified(qualifier, text), declaration.Kind, declaration.Outer.Start, declaration.Outer.End - declaration.Outer.Start, _lines.Of(name.Start), signature));
        }
    }

    private List<SymbolReference> References()
    {
        var references = new List<SymbolReference>();
        var seen = new HashSet<SymbolReference>();
        for (int i = 1; i < _tree.Count; i++)
        {
            Node node = _tree[i];
            if (_outline.Imports.Contains(node.Kind))
            {
                i = node.After - 1;
            }
            else if (_outline.References.Contains(node.Kind) && node.End > node.Start && !IsDeclared(node))
            {
                var reference = new SymbolReference(node.Text.ToString(), _lines.Of(node.Start));
                if (seen.Add(reference))
                {
                    references.Add(reference);
                }
            }
        }

        return references;
    }

    private bool IsDeclared(Node name)
    {
        if (name.Parent is not { } parent)
        {
            return false;
        }

        bool names = (name.Field is "name" && (_outline.Declares(parent) || _outline.Namespaces.Contains(parent.Kind))) || (name.Field is "left" && parent.Kind == "assignment");
        return names || _outline.Declared.Contains($"{parent.Kind}/{name.Field}");
    }

    private bool IsFunctionBody(Node node) => node.Field == "body" && node.Parent is { } parent && (_outline.Functions.Contains(parent.Kind) || parent.Kind is "lambda" or "closure_expression");

    private string Qualified(string qualifier, string? name) => string.IsNullOrEmpty(name) ? qualifier : qualifier.Length == 0 ? name : qualifier + _outline.Separator + name;

    /// <summary>Lines of offsets.</summary>
    private sealed class LineStarts
    {
        private readonly List<int> _starts = [0];

        public LineStarts(string text)
        {
            for (int at = text.IndexOf('\n'); at >= 0; at = text.IndexOf('\n', at + 1))
            {
                _starts.Add(at + 1);
            }
        }

        public int Of(int offset) => _starts.BinarySearch(offset) is >= 0 and var line ? line : ~_starts.BinarySearch(offset) - 1;
    }
}
