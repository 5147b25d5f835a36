using System.Text;

namespace Tritter.Core.Context;

/// <summary>
/// Splits code into the words that its identifiers are made of: <c>getHttpResponse2</c> and <c>get_http_response_2</c> both give get, http, response and 2,
/// and the whole as <c>gethttpresponse2</c>. Everything is in lower case.
/// </summary>
public static class IdentifierWords
{
    private const int MaxIdentifierCharacters = 200;

    /// <summary>Appends the words of every identifier and number in <paramref name="text"/>, each followed by a blank.</summary>
    public static void Append(StringBuilder words, ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length;)
        {
            if (!IsPart(text[i]))
            {
                i++;
                continue;
            }

            int start = i;
            while (i < text.Length && IsPart(text[i]))
            {
                i++;
            }

            if (i - start <= MaxIdentifierCharacters)
            {
                AppendIdentifier(words, text[start..i]);
            }
        }
    }

    /// <summary>The words of a text, each once, in the order of their first appearance.</summary>
    public static IReadOnlyList<string> Of(ReadOnlySpan<char> text)
    {
        var words = new StringBuilder();
        Append(words, text);
        return [.. words.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The one word that stands for a whole identifier: lower case, without underscores.</summary>
    public static string Whole(string identifier) => identifier.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static void AppendIdentifier(StringBuilder words, ReadOnlySpan<char> identifier)
    {
        int parts = 0, first = words.Length;
        for (int i = 0; i < identifier.Length;)
        {
            if (identifier[i] == '_')
            {
                i++;
                continue;
            }

            int end = PartEnd(identifier, i);
            AppendLower(words, identifier[i..end]);
            words.Append(' ');
            parts++;
            i = end;
        }

        if (parts > 1)
        {
            // The parts again, without the blanks between them.
            int end = words.Length;
            for (int i = first; i < end; i++)
            {
                if (words[i] != ' ')
                {
                    words.Append(words[i]);
                }
            }

            words.Append(' ');
        }
    }

    /// <summary>Where the part that begins at <paramref name="start"/> ends: before an underscore, a change to or from digits, or a capital that begins a word.</summary>
    private static int PartEnd(ReadOnlySpan<char> identifier, int start)
    {
        int i = start + 1;
        bool digits = char.IsDigit(identifier[start]);
        while (i < identifier.Length && identifier[i] != '_' && char.IsDigit(identifier[i]) == digits)
        {
            bool capital = char.IsUpper(identifier[i]);
            // "HTTPServer" is HTTP and Server: the last capital of a run belongs to what follows it.
            if (capital && (!char.IsUpper(identifier[i - 1]) || (i + 1 < identifier.Length && char.IsLower(identifier[i + 1]))))
            {
                break;
            }

            i++;
        }

        return i;
    }

    private static void AppendLower(StringBuilder words, ReadOnlySpan<char> part)
    {
        foreach (char c in part)
        {
            words.Append(char.ToLowerInvariant(c));
        }
    }

    private static bool IsPart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
