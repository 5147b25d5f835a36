using Tritter.Core.Syntax;

namespace Tritter.Core.Chunking;

/// <summary>What a declaration says about itself: a docstring, or comments before it that begin with ///, //! or /**.</summary>
internal static class DocComment
{
    /// <param name="before">The comments and decorators before the declaration.</param>
    /// <returns>The text without markers, lines trimmed; null when there is none.</returns>
    public static string? Of(Declaration declaration, IReadOnlyList<Node> before)
    {
        IEnumerable<string> lines = DocString(declaration) is { } text
            ? text.Split('\n')
            : before.Select(c => c.Text.ToString()).Where(IsDoc).SelectMany(c => c.Split('\n')).Select(Unmarked);
        string doc = string.Join('\n', lines.Select(l => l.Trim()).Where(l => l.Length > 0));
        return doc.Length == 0 ? null : doc;
    }

    private static bool IsDoc(string comment) =>
        comment.StartsWith("///", StringComparison.Ordinal) || comment.StartsWith("//!", StringComparison.Ordinal) || (comment.StartsWith("/**", StringComparison.Ordinal) && comment.Length > 4);

    private static string Unmarked(string line)
    {
        string text = line.Trim();
        text = text.EndsWith("*/", StringComparison.Ordinal) ? text[..^2] : text;
        return text.TrimStart('/', '*', '!');
    }

    private static string? DocString(Declaration declaration)
    {
        if (declaration.Body is not { Kind: "block" } body || declaration.Inner.Tree.Grammar.Name != "python")
        {
            return null;
        }

        foreach (Node statement in body.Children)
        {
            if (statement.Kind != "comment")
            {
                return statement.ChildOfKind("string")?.ChildOfKind("string_content")?.Text.ToString();
            }
        }

        return null;
    }
}
