using System.Text;
using System.Text.RegularExpressions;

namespace Tritter.Torch.Packing;

/// <summary>
/// What a file declares, a line each, as the server shows other files to the model. By the look of lines and not by a parser: a corpus of
/// gigabytes is packed in minutes, and a line too many or too few does no harm to training.
/// </summary>
public static partial class Signatures
{
    private const int MostLines = 24;
    private const int MostCharacters = 220;

    /// <returns>Lines ending in \n; nothing when no line looks like a declaration.</returns>
    public static string Of(string text, string language)
    {
        var found = new StringBuilder();
        int lines = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> words = line.Trim();
            if (words.Length is > 4 and < MostCharacters && IsDeclaration(words, language))
            {
                int indent = Math.Min(8, (line.Length - line.TrimStart().Length) / 4 * 4);
                found.Append(' ', indent).Append(Head(words, language)).Append('\n');
                if (++lines == MostLines)
                {
                    break;
                }
            }
        }

        return found.ToString();
    }

    private static bool IsDeclaration(ReadOnlySpan<char> line, string language) => language switch
    {
        "cs" => CSharp().IsMatch(line) && !line.EndsWith(","),
        "py" => Python().IsMatch(line),
        "rs" => Rust().IsMatch(line),
        "ts" => TypeScript().IsMatch(line),
        _ => false,
    };

    /// <summary>The line without what begins a body or a value.</summary>
    private static string Head(ReadOnlySpan<char> line, string language)
    {
        int end = line.IndexOf(" => ", StringComparison.Ordinal) is var arrow and > 0 && language == "cs" ? arrow : line.Length;
        end = line[..end].IndexOf(" = ", StringComparison.Ordinal) is var value and > 0 && !line[..value].Contains('(') ? value : end;
        ReadOnlySpan<char> head = line[..end].TrimEnd(" {:");
        return language == "cs" && !head.EndsWith(";") && !head.EndsWith("}") && head.Contains('(') ? $"{head};" : head.ToString();
    }

    [GeneratedRegex(@"^(public|internal|protected)\s+[\w<>\[\]?,. ()]+", RegexOptions.CultureInvariant)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"^(async\s+)?(def|class)\s+\w+", RegexOptions.CultureInvariant)]
    private static partial Regex Python();

    [GeneratedRegex(@"^pub(\([a-z]+\))?\s+(async\s+|unsafe\s+|const\s+)*(fn|struct|enum|trait|type|static|mod)\s", RegexOptions.CultureInvariant)]
    private static partial Regex Rust();

    [GeneratedRegex(@"^(export\s+(default\s+|abstract\s+|async\s+)*(class|interface|function|type|enum|const)\s|(public|protected|static|async)\s+\w+\s*\()", RegexOptions.CultureInvariant)]
    private static partial Regex TypeScript();
}
