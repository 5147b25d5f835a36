using System.Text.RegularExpressions;

namespace Tritter.Core.Evaluation;

/// <summary>How near a suggestion comes to what stood there.</summary>
/// <param name="IsExact">Equal but for white space at lines' ends.</param>
/// <param name="EditSimilarity">1 - Levenshtein distance / length of the longer, in characters.</param>
/// <param name="IdentifierF1">Harmonic mean of precision and recall of the identifiers, with repetition; 1 where neither has any.</param>
public readonly partial record struct InfillScore(bool IsExact, double EditSimilarity, double IdentifierF1)
{
    public static InfillScore Of(string suggestion, string expected)
    {
        string a = Normalize(suggestion), b = Normalize(expected);
        int longer = Math.Max(a.Length, b.Length);
        return new InfillScore(a == b, longer == 0 ? 1 : 1 - (double)Distance(a, b) / longer, F1(a, b));
    }

    /// <summary>The identifiers of code, keywords and words in strings included, in their order.</summary>
    public static IEnumerable<string> Identifiers(string code) => Identifier().Matches(code).Select(m => m.Value);

    private static string Normalize(string text) => string.Join('\n', text.Split('\n').Select(l => l.TrimEnd())).Trim();

    private static double F1(string suggestion, string expected)
    {
        Dictionary<string, int> left = Identifiers(expected).CountBy(i => i).ToDictionary();
        int total = left.Values.Sum(), suggested = 0, shared = 0;
        foreach (string identifier in Identifiers(suggestion))
        {
            suggested++;
            if (left.TryGetValue(identifier, out int count) && count > 0)
            {
                left[identifier] = count - 1;
                shared++;
            }
        }

        return total + suggested == 0 ? 1 : 2.0 * shared / (total + suggested);
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }

    [GeneratedRegex(@"[\p{L}_][\p{L}\p{N}_]*")]
    private static partial Regex Identifier();
}
