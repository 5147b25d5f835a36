namespace Tritter.Core.Ask;

/// <summary>Lines of a file to show.</summary>
internal static class Excerpt
{
    private const int MostLines = 14;

    /// <summary>The lines from <paramref name="start"/> to <paramref name="end"/> and some around them, their common indentation taken away.</summary>
    public static string Around(string text, int start, int end, int around)
    {
        int from = start;
        for (int i = 0; i <= around && from > 0; i++)
        {
            from = text.LastIndexOf('\n', from - 1) is var found and >= 0 ? found : 0;
        }

        int to = end;
        for (int i = 0; i <= around && to < text.Length; i++)
        {
            to = text.IndexOf('\n', Math.Min(text.Length - 1, to + (i > 0 ? 1 : 0))) is var found and >= 0 ? found : text.Length;
        }

        string[] lines = [.. text[from..to].Split('\n').Select(l => l.TrimEnd()).SkipWhile(string.IsNullOrWhiteSpace).Take(MostLines)];
        int indent = lines.Where(l => l.Length > 0).Select(l => l.Length - l.TrimStart().Length).DefaultIfEmpty(0).Min();
        return string.Join('\n', lines.Select(l => l.Length >= indent ? l[indent..] : l)).TrimEnd().Replace("```", "'''", StringComparison.Ordinal);
    }
}
