using System.Text.RegularExpressions;

namespace Tritter.Architecture.Tests;

/// <summary>ARCHITECTURE.md as these tests read it.</summary>
internal static partial class Architecture
{
    public static string Text { get; } = Repository.Read("ARCHITECTURE.md");

    /// <summary>
    /// The backticked words that must be types: one word in Pascal case with at least one small letter. Anything with a dot, slash, space,
    /// dash or underscore (packages, paths, commands, keys) and anything that starts small names something else.
    /// </summary>
    public static IEnumerable<string> TypeNames => Backticked().Matches(WithoutCodeBlocks()).Select(m => m.Groups[1].Value).Where(IsTypeName).Distinct();

    /// <summary>The text under the second-level heading of this title.</summary>
    public static string Section(string title)
    {
        string[] sections = Text.Split("\n## ");
        return sections.SingleOrDefault(s => s.StartsWith(title + "\n", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"ARCHITECTURE.md has no section '## {title}'");
    }

    private static bool IsTypeName(string word) => PascalCase().IsMatch(word);

    private static string WithoutCodeBlocks() => CodeBlock().Replace(Text, "");

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Backticked();

    [GeneratedRegex("^[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$")]
    private static partial Regex PascalCase();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
