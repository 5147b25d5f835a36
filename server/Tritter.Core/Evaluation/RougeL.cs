using System.Text.RegularExpressions;

namespace Tritter.Core.Evaluation;

/// <summary>How much of one text another one has in the same order: F1 of the longest common subsequence of words (Lin 2004, ROUGE-L).</summary>
public static partial class RougeL
{
    /// <returns>0 to 1; 0 when either has no word.</returns>
    public static double F1(string reference, string candidate)
    {
        string[] a = Words(reference);
        string[] b = Words(candidate);
        if (a.Length == 0 || b.Length == 0)
        {
            return 0;
        }

        int[] row = new int[b.Length + 1];
        foreach (string word in a)
        {
            int diagonal = 0;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = word == b[j - 1] ? diagonal + 1 : Math.Max(above, row[j - 1]);
                diagonal = above;
            }
        }

        return 2.0 * row[b.Length] / (a.Length + b.Length);
    }

    private static string[] Words(string text) => [.. Word().Matches(text.ToLowerInvariant()).Select(m => m.Value)];

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
