using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>The modules that a file imports, as written: "os.path", "crate::config::Config", "./util".</summary>
internal static class Imported
{
    /// <summary>Lists in lists of a use declaration that are looked into.</summary>
    private const int MaxDepth = 16;

    public static IReadOnlyList<string> By(SyntaxTree tree)
    {
        var modules = new List<string>();
        for (int i = 1; i < tree.Count; i++)
        {
            Node node = tree[i];
            IEnumerable<string> named = node.Kind switch
            {
                "import_statement" when tree.Grammar.Name == "python" => node.Children.Where(c => c.Field == "name").Select(c => (c.Kind == "aliased_import" ? c.Child("name") ?? c : c).Text.ToString()),
                "future_import_statement" => ["__future__"],
                "import_from_statement" => From(node),
                "use_declaration" => Used(node.Child("argument"), "", 0),
                "extern_crate_declaration" => Texts(node.Child("name")),
                "mod_item" when node.Child("body") is null => Texts(node.Child("name")).Select(name => "self::" + name),
                "import_statement" or "export_statement" => Texts(node.Child("source")),
                "import_require_clause" => Texts(node.Child("source")),
                "call_expression" when node.Child("function") is { Text: "require" or "import" } => Texts(node.Child("arguments")?.ChildOfKind("string")),
                _ => [],
            };
            modules.AddRange(named.Select(Unquoted).Where(m => m.Length > 0));
        }

        return [.. modules.Distinct()];
    }

    /// <summary>"from . import a" names the module "a" of the package itself.</summary>
    private static IEnumerable<string> From(Node node)
    {
        string module = node.Child("module_name") is { } name ? OneLine(name.Text) : "";
        return module.Length > 0 && module.All(c => c == '.')
            ? node.Children.Where(c => c.Field == "name").Select(c => module + (c.Kind == "aliased_import" ? c.Child("name") ?? c : c).Text.ToString())
            : [module];
    }

    private static IEnumerable<string> Used(Node? argument, string prefix, int depth)
    {
        if (argument is not { } node || depth > MaxDepth)
        {
            return [];
        }

        return node.Kind switch
        {
            "use_list" => node.Children.Where(c => c.IsNamed).SelectMany(c => Used(c, prefix, depth + 1)),
            "scoped_use_list" => Used(node.Child("list"), prefix + (node.Child("path") is { } path ? OneLine(path.Text) + "::" : "::"), depth + 1),
            "use_as_clause" => Used(node.Child("path"), prefix, depth + 1),
            "self" when prefix.Length > 0 => [prefix[..^2]],
            "line_comment" or "block_comment" => [],
            _ => [prefix + OneLine(node.Text)],
        };
    }

    private static IEnumerable<string> Texts(Node? node) => node is { } n ? [n.Text.ToString()] : [];

    private static string OneLine(ReadOnlySpan<char> text) => string.Concat(text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Unquoted(string name) => name.Trim('"', '\'', '`');
}
