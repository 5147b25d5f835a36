using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Tritter.Core.CSharp;

/// <summary>Finds the one name that a misspelt one can have meant: equal but for case, or a letter or two away from a single accessible name.</summary>
internal static class NameRepair
{
    private static readonly HashSet<string> _unknownName = ["CS0103", "CS1061", "CS0117", "CS0234", "CS0246"];

    /// <summary>The suggestion with the unknown name replaced; at most one text.</summary>
    /// <param name="project">With the suggestion in place.</param>
    public static IEnumerable<string> Candidates(CSharpProject project, string path, Diagnostic error, int offset, string suggestion, CancellationToken cancellationToken)
    {
        int start = error.Location.SourceSpan.Start - offset;
        if (!_unknownName.Contains(error.Id) || start < 0 || error.Location.SourceSpan.End > offset + suggestion.Length)
        {
            return [];
        }

        SyntaxTree tree = project.Tree(path)!;
        SyntaxToken token = tree.GetRoot(cancellationToken).FindToken(error.Location.SourceSpan.Start);
        if (!token.IsKind(SyntaxKind.IdentifierToken) || token.Parent is not SimpleNameSyntax name)
        {
            return [];
        }

        SemanticModel model = project.Compilation.GetSemanticModel(tree);
        string[] accessible = [.. AccessibleNames.At(model, name, cancellationToken).Distinct(StringComparer.Ordinal)];
        return Only(token.ValueText, accessible) is { } meant ? [suggestion[..start] + meant + suggestion[(start + token.Span.Length)..]] : [];
    }

    private static string? Only(string wrong, string[] accessible)
    {
        string[] sameLetters = [.. accessible.Where(name => name.Equals(wrong, StringComparison.OrdinalIgnoreCase))];
        if (sameLetters.Length > 0)
        {
            return sameLetters.Length == 1 ? sameLetters[0] : null;
        }

        int most = wrong.Length < 4 ? 0 : wrong.Length < 8 ? 1 : 2;
        string[] near = [.. accessible.Where(name => Math.Abs(name.Length - wrong.Length) <= most && Distance(name, wrong) <= most)];
        return most > 0 && near.Length == 1 ? near[0] : null;
    }

    /// <summary>Levenshtein distance, letters compared without case.</summary>
    internal static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
